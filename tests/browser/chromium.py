"""Where the browser is. As a program it also installs one: ``python -m tests.browser.chromium``."""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["find_chromium", "is_required"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def find_chromium() -> str | None:
    """The browser's path: what the variable ``CHROMIUM`` names, else the first on the ``PATH``."""
    named = os.environ.get("CHROMIUM")
    candidates = (named,) if named else (*NAMES, str(MAC))
    return next((path for name in candidates if (path := shutil.which(name))), None)


def is_required() -> bool:
    """True where browser tests may not be skipped: on a machine that runs the tests unwatched."""
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


def install() -> None:
    """Install Debian's Chromium, if this is such a system and we may."""
    apt = shutil.which("apt-get")
    if not apt or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    print("There is no Chromium: installing it with apt-get (about half a minute).", flush=True)
    for words in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        done = subprocess.run(
            [apt, "-qq", *words],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdout=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            print(f"apt-get {words[0]} failed.", file=sys.stderr)
            return


def main() -> int:
    """Find the browser, install it if told to, say what came of it."""
    parser = argparse.ArgumentParser(description="Find the browser that the tests use.")
    parser.add_argument("--install", action="store_true", help="install Chromium if it is missing")
    arguments = parser.parse_args()
    if arguments.install and not find_chromium():
        install()
    if path := find_chromium():
        print(f"Browser tests use {path}.")
        return 0
    print(
        "There is no Chromium on the PATH: the tests in a browser are skipped. Install Chromium or "
        "Chrome, or name one in the variable CHROMIUM, to run them.",
        file=sys.stderr,
    )
    return 1 if is_required() else 0


if __name__ == "__main__":
    sys.exit(main())
