"""The head's first steps, in the order that has the first worker ready soonest.

The fork server takes longest to come up, so it is started before the head imports what it needs
itself. The two then load side by side.
"""

import os
import pickle
import sys
import traceback
from typing import Any, Final

from raylite._core.node.fork_server_process import start_fork_server
from raylite._core.node.head_config import CLAIM_FD, HeadConfig
from raylite._core.node.session_folder import lock_folders, runtime_folder

__all__ = ["main"]

_ALL_FDS: Final = 1 << 16


def main() -> None:
    """Be the head: the configuration comes over standard input."""
    config: HeadConfig = pickle.load(sys.stdin.buffer)
    sys.stdin.close()
    if config.driver_pid is None:
        _keep_only_the_claim()
    lock_folders(config.session)
    # The driver's folder may hold modules that are named like those of the library, or be removed.
    os.chdir(config.session.folder)
    fork_server = start_fork_server(config.session)

    try:
        from raylite._core.node.head import Head  # noqa: PLC0415  # While the fork server loads.

        head = Head(config, fork_server)
        if config.driver_pid is None:
            _run_for_all(head)
        else:
            head.run()
    except BaseException:  # Said here, as the next line leaves no time for it.
        traceback.print_exc()
        code = 1
    else:
        code = 0
    # The usual way out waits for the fork server, which waits for our end.
    os._exit(code)


def _keep_only_the_claim() -> None:
    """Of what this process has inherited keep standard streams and the claim on the address.

    A pipe that stays open for as long as the runtime lives would hang whoever reads from it.
    """
    os.closerange(CLAIM_FD + 1, _ALL_FDS)
    os.set_inheritable(CLAIM_FD, False)


def _run_for_all(head: Any) -> None:
    """Serve whichever driver comes."""
    from raylite._core.node import runtime_address  # noqa: PLC0415  # Most sessions do without.

    folder = runtime_folder()
    try:
        runtime_address.publish(folder, head.session)
        head.run()
    finally:
        runtime_address.withdraw_own(folder)
