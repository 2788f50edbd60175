"""The head's first steps, in the order that has the first worker ready soonest.

The fork server takes longest to come up, so it is started before the head imports what it needs
itself. The two then load side by side.
"""

import os
import pickle
import sys
import traceback

from raylite._core.node.fork_server_process import start_fork_server
from raylite._core.node.head_config import HeadConfig
from raylite._core.node.session_folder import lock_folders

__all__ = ["main"]


def main() -> None:
    """Be the head: the configuration comes over standard input."""
    config: HeadConfig = pickle.load(sys.stdin.buffer)
    sys.stdin.close()
    lock_folders(config.session)
    # The driver's folder may hold modules that are named like those of the library, or be removed.
    os.chdir(config.session.folder)
    fork_server = start_fork_server(config.session)

    try:
        from raylite._core.node.head import Head  # noqa: PLC0415  # While the fork server loads.

        Head(config, fork_server).run()
    except BaseException:  # Said here, as the next line leaves no time for it.
        traceback.print_exc()
        code = 1
    else:
        code = 0
    # The usual way out waits for the fork server, which waits for our end.
    os._exit(code)
