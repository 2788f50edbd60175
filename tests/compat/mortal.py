"""An actor that dies on demand."""

import os
import signal
import sys
from typing import Any


class Mortal:
    """Counts its calls, and dies in every way there is."""

    def __init__(self, start: int = 0) -> None:
        self.calls = start

    def ping(self) -> int:
        self.calls += 1
        return self.calls

    def pid(self) -> int:
        return os.getpid()

    def exit(self, code: int) -> None:
        os._exit(code)

    def sys_exit(self, *code: Any) -> None:
        sys.exit(*code)

    def be_killed(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def die_once(self, path: Any) -> str:
        """Die at the first call of all, and answer at the second."""
        if path.exists():
            return "survived"
        path.touch()
        os._exit(1)
