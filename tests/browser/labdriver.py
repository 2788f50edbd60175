"""A throw-away JupyterLab or Jupyter Notebook, and one notebook of it opened in Chromium.

Everything Jupyter keeps is in a folder of the server's own. The front end is told to keep all cells
in the page, since those off screen would read as empty, and to ask nobody for news.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

from playwright.sync_api import Browser, ConsoleMessage, Locator, sync_playwright

from tests.processes import wait_until

__all__ = ["DARK", "HIGH_CONTRAST", "LIGHT", "App", "LabServer", "Notebook", "chromium_browser"]

App = Literal["lab", "notebook"]
"""JupyterLab, or Jupyter Notebook from its version 7 on."""

LIGHT: Final = "JupyterLab Light"
DARK: Final = "JupyterLab Dark"
HIGH_CONTRAST: Final = "JupyterLab Dark High Contrast"

TOKEN = "t0ken"
CHROMIUM_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--disable-dev-shm-usage",
)
OVERRIDES = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
}

OWN_COMPLAINTS: Final = {"Cannot read properties of undefined (reading 'schema')"}
"""What Jupyter Notebook 7.6 reports of any notebook, an empty one included, while it is opened."""

Message = tuple[str, str]
"""What the browser's console said: its kind (``error``, ``log``, ``pageerror``) and the text."""


class LabServer:
    """A Jupyter server on a free port of this machine, as a context manager.

    Args:
        root: the folder it serves; the server's own folder ``.jp`` is in it.
        app: which front end it is for.
        overrides: further settings of the front end, by plugin.
        env: further environment variables, which the kernels inherit.
    """

    def __init__(
        self,
        root: Path,
        overrides: Mapping[str, Any] | None = None,
        env: Mapping[str, str] | None = None,
        app: App = "lab",
    ) -> None:
        self.root = root
        self.app = app
        self.private = root / ".jp"
        self.overrides = {**OVERRIDES, **(overrides or {})}
        self.env = dict(env or {})
        self.url = ""

    def __enter__(self) -> Self:
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        settings = self.private / "config" / "labconfig"
        settings.mkdir(parents=True)
        (settings / "default_setting_overrides.json").write_text(json.dumps(self.overrides))
        # It comes with the tool that makes the notebooks, and complains in the console.
        unwanted = {"disabledExtensions": {"jupyterlab-jupytext": True}}
        (settings / "page_config.json").write_text(json.dumps(unwanted))
        with (self.private / "server.log").open("w") as log:
            self._process = subprocess.Popen(
                self._command(port),
                env=self._environment(),
                cwd=self.root,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            wait_until(self._answers, timeout_s=60)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def request(self, method: str, path: str) -> bytes:
        """The body of the server's answer, from its REST interface.

        Raises:
            OSError: if the server does not answer, or says no.
        """
        request = urllib.request.Request(
            self.url + path, method=method, headers={"Authorization": f"token {TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            body: bytes = answer.read()
        return body

    def sessions(self) -> list[dict[str, Any]]:
        """The kernels that run, with the notebook each is for."""
        rows: list[dict[str, Any]] = json.loads(self.request("GET", "/api/sessions"))
        return rows

    def log(self) -> str:
        """All that the server has written so far."""
        return (self.private / "server.log").read_text()

    def _command(self, port: int) -> list[str]:
        module, application = {
            "lab": ("jupyterlab", "LabApp"),
            "notebook": ("notebook", "JupyterNotebookApp"),
        }[self.app]
        return [
            *(sys.executable, "-m", module, "--no-browser", "--allow-root"),
            *(f"--port={port}", "--port-retries=0", "--ServerApp.ip=127.0.0.1"),
            *(f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={self.root}"),
            f"--{application}.expose_app_in_browser=True",
        ]

    def _environment(self) -> dict[str, str]:
        folders = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
        }
        own = {name: str(self.private / folder) for name, folder in folders.items()}
        return {**os.environ, **own, **self.env}

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            msg = f"Jupyter ended with {self._process.returncode}:\n{self.log()}"
            raise RuntimeError(msg)
        try:
            self.request("GET", "/api/status")
        except OSError:
            return False
        return True

    def _stop(self) -> None:
        # SIGTERM lets the server shut its kernels down; its whole group is killed only if it hangs.
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()


@contextmanager
def chromium_browser(executable: str) -> Iterator[Browser]:
    """A headless Chromium for as long as the body runs."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, headless=True, args=list(CHROMIUM_FLAGS)
        )
        try:
            yield browser
        finally:
            browser.close()


class Notebook:
    """One notebook, opened alone in one page.

    Args:
        server: where it is served.
        browser: where it is opened.
        name: its path below the server's root.
        scale: pixels of a screenshot for each one of the page.
    """

    def __init__(self, server: LabServer, browser: Browser, name: str, scale: float = 1) -> None:
        self.server = server
        self.name = name
        self.console: list[Message] = []
        self.page = browser.new_page(
            viewport={"width": 1200, "height": 1000}, device_scale_factor=scale
        )
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.console.append(("pageerror", str(error))))
        # `doc` is JupyterLab's mode for a single document, without side bars.
        where = {"lab": f"doc/tree/{name}?reset&", "notebook": f"notebooks/{name}?"}[server.app]
        self.page.goto(f"{server.url}/{where}token={TOKEN}")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        self._wait(lambda: self.kernel_status() == "idle", 60)

    def command(self, name: str, arguments: Mapping[str, Any] | None = None) -> None:
        """Run one of JupyterLab's commands, such as ``notebook:run-cell``; do not wait for it."""
        self.page.evaluate(
            "([name, args]) => { window.jupyterapp.commands.execute(name, args); }",
            [name, dict(arguments or {})],
        )

    def run(self, index: int) -> None:
        """Begin to run the code cell of that index; do not wait for it."""
        self.page.evaluate(
            """index => {
                const notebook = jupyterapp.shell.currentWidget.content;
                const code = notebook.widgets.filter(cell => cell.model.type === "code");
                notebook.activeCellIndex = notebook.widgets.indexOf(code[index]);
                notebook.deselectAll();
                jupyterapp.commands.execute("notebook:run-cell");
            }""",
            index,
        )

    def use_theme(self, name: str) -> None:
        """Change to the theme of that name, and wait until it is there."""
        self.command("apputils:change-theme", {"theme": name})
        self.page.wait_for_function(
            "name => document.body.dataset.jpThemeName === name", arg=name, timeout=30_000
        )

    def is_trusted(self) -> bool:
        """Whether its outputs are shown whole, as those are which this server's kernels made."""
        trusted: bool = self.page.evaluate(
            """() => jupyterapp.shell.currentWidget.content.widgets.every(
                cell => cell.model.trusted)"""
        )
        return trusted

    def kernel_status(self) -> str:
        """What the front end believes of the kernel. Not to be used for "the cell has ended"."""
        status = self.page.evaluate(
            "() => jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status"
        )
        return str(status)

    def run_all(self, timeout_s: float = 120) -> None:
        """Run every cell, and wait for the last to end.

        Raises:
            TimeoutError: if that took longer.
        """
        self.command("notebook:run-all-cells")
        self.wait_done(timeout_s)

    def wait_done(self, timeout_s: float = 120) -> None:
        """Wait until every code cell has its number, and none the star of a running one.

        The number is the truth: while a widget's message is handled beside the running cell, the
        kernel's status reads "idle".

        Raises:
            RuntimeError: if a cell raised, so that those below it will never run.
            TimeoutError: if a cell had not ended in time.
        """

        def ended() -> bool:
            prompts = set(self.prompts())
            if "[ ]:" in prompts and "[*]:" not in prompts and (raised := self.raised()):
                raise RuntimeError("\n".join(raised))
            return not prompts & {"", "[ ]:", "[*]:"}

        self._wait(ended, timeout_s)

    def wait_for_cell(self, index: int, timeout_s: float = 60) -> None:
        """Wait until that code cell has its number.

        Raises:
            RuntimeError: if a cell raised.
            TimeoutError: if it had not ended in time.
        """
        self._wait(lambda: self.prompts()[index] not in {"", "[ ]:", "[*]:"}, timeout_s)
        if raised := self.raised():
            raise RuntimeError("\n".join(raised))

    def prompts(self) -> list[str]:
        """The text to the left of each code cell, such as ``[1]:``."""
        prompts = self.page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt")
        return [text.strip() for text in prompts.all_inner_texts()]

    def cell(self, index: int) -> Locator:
        """The code cell of that index, counted from 0."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(index)

    def output(self, index: int) -> Locator:
        """The outputs of that cell."""
        return self.cell(index).locator(".jp-OutputArea-output")

    def raised(self) -> list[str]:
        """The exceptions that the cells show, such as ``NameError: name 'x' is not defined``."""
        shown: list[str] = self.page.evaluate(
            """() => jupyterapp.shell.currentWidget.content.widgets
                .flatMap(cell => cell.model.outputs?.toJSON() ?? [])
                .filter(output => output.output_type === "error")
                .map(output => `${output.ename}: ${output.evalue}`)"""
        )
        return shown

    def errors(self) -> list[str]:
        """What the browser's console reported as an error."""
        return [
            text
            for kind, text in self.console
            if kind in {"error", "pageerror"} and text not in OWN_COMPLAINTS
        ]

    def forgive(self) -> None:
        """Forget what the console has reported: the test did something that it has to report."""
        self.console.clear()

    def save(self) -> None:
        """Save the notebook, and wait until it is saved."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")

    def keep_evidence(self, path: Path) -> None:
        """Write a screenshot, the console and the server's log; ``path`` is without an ending."""
        path.parent.mkdir(parents=True, exist_ok=True)
        console = "\n".join(f"{kind}: {text}" for kind, text in self.console)
        path.with_suffix(".console.txt").write_text(console)
        path.with_suffix(".server.txt").write_text(self.server.log())
        self.page.screenshot(path=path.with_suffix(".png"), full_page=True)

    def close(self) -> None:
        """Close the page and shut the notebook's kernel down."""
        self.page.close()
        for session in self.server.sessions():
            if session["path"] == self.name:
                self.server.request("DELETE", f"/api/sessions/{session['id']}")

    def _heard(self, message: ConsoleMessage) -> None:
        self.console.append((message.type, message.text))

    def _wait(self, predicate: Callable[[], object], timeout_s: float) -> None:
        def holds() -> bool:
            # Lets the page's own events be handled, the console's among them.
            self.page.wait_for_timeout(50)
            return bool(predicate())

        try:
            wait_until(holds, timeout_s)
        except TimeoutError as error:
            seen = f"prompts {self.prompts()}, kernel {self.kernel_status()}"
            msg = f"{self.name}: not so far after {timeout_s} s: {seen}"
            raise TimeoutError(msg) from error


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
