"""A process's connection to the head: questions, answers, and news.

In Ray: ``src/ray/gcs_rpc_client``. Left out here: reconnecting. Who has lost the head is at the end
of its session.
"""

import itertools
from collections.abc import Callable
from typing import Any

from raylite._core.rpc.codec import pack_message, unpack_message
from raylite._core.rpc.connection import Address, Connection, connect
from raylite._core.rpc.peer_messages import Hello, Request, Response
from raylite._core.rpc.poller import Poller
from raylite.exceptions import RaySystemError

__all__ = ["HeadLink"]


class HeadLink:
    """Talks to the head.

    Args:
        address: the head's socket.
        hello: what the process says first.
        poller: reads the connection.
        on_message: is given every message that is no answer.
        on_lost: is told when the head is gone.
    """

    def __init__(
        self,
        address: Address,
        hello: Hello,
        poller: Poller,
        on_message: Callable[[object], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._poller = poller
        self._on_message = on_message
        self._on_lost = on_lost
        self._numbers = itertools.count(1)
        self._answers: dict[int, Response] = {}
        self._when_answered: dict[int, Callable[[Any], None]] = {}
        self._connection = Connection(connect(address), self._on_frame, self._on_close)
        poller.add_connection(self._connection)
        self._connection.send_message(hello)

    @property
    def lost(self) -> bool:
        """Whether the head is gone."""
        return self._connection.closed

    def send(self, message: object) -> None:
        """Tell the head something."""
        self._connection.send_message(message)

    def push(self, message: object) -> None:
        """Tell the head something with the next message, or a tick later."""
        self._connection.push(pack_message(message))
        self._poller.flush_later(self._connection)

    def ask(self, what: str, *args: Any) -> Any:
        """Ask the head and wait for the answer.

        Raises:
            RaySystemError: if the head is gone.
            Exception: what the head has to object.
        """
        number = next(self._numbers)
        self.send(Request(number=number, what=what, args=args))
        self._poller.run_until(lambda: number in self._answers or self.lost)
        response = self._answers.pop(number, None)
        if response is None:
            msg = f"The session is over, so {what} could not be done. Call raylite.init() again."
            raise RaySystemError(msg)
        if response.error is not None:
            raise response.error
        return response.value

    def ask_later(self, then: Callable[[Any], None], what: str, *args: Any) -> None:
        """Ask the head, and have ``then`` called with the answer by whoever reads it.

        With None, if the head is gone before it has answered.
        """
        number = next(self._numbers)
        self._when_answered[number] = then
        self.send(Request(number=number, what=what, args=args))

    def close(self) -> None:
        """Say good-bye: the head takes the end of the connection for the end of the process."""
        self._connection.flush()
        self._connection.close()

    def _on_frame(self, _connection: Connection, _kind: int, body: bytes) -> None:
        message = unpack_message(body)
        if isinstance(message, Response):
            then = self._when_answered.pop(message.number, None)
            if then is None:
                self._answers[message.number] = message
            else:
                then(message.value)
        else:
            self._on_message(message)

    def _on_close(self, connection: Connection) -> None:
        self._poller.remove(connection.fd)
        while self._when_answered:
            self._when_answered.popitem()[1](None)
        self._on_lost()
