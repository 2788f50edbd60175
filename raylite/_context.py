"""What ``init`` returns: a few facts about the session, and a ``with`` block that ends it.

In Ray: ``RayContext`` in ``python/ray/_private/worker.py``. Left out here: the addresses of
processes that raylite does not have.
"""

import platform
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Self

from raylite._core.common.version import __version__

__all__ = ["RayContext"]


class RayContext(Mapping[str, Any]):
    """The session that ``init`` started or joined.

    Attributes:
        address_info: where it runs.
        dashboard_url: empty; raylite shows its pictures in the notebook.
        python_version: of the driver, which the workers share.
        ray_version: raylite's own.
        ray_commit: empty.
    """

    def __init__(self, address_info: dict[str, Any], shut_down: Callable[[], None]) -> None:
        self.address_info = address_info
        self.dashboard_url = ""
        self.python_version = platform.python_version()
        self.ray_version = __version__
        self.ray_commit = ""
        self._shut_down = shut_down

    def __getitem__(self, key: str) -> Any:
        return self.address_info[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.address_info)

    def __len__(self) -> int:
        return len(self.address_info)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_class: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.disconnect()

    def disconnect(self) -> None:
        """End or leave the session, as ``shutdown`` does."""
        self._shut_down()

    def __repr__(self) -> str:
        namespace = self.address_info["namespace"]
        return f"RayContext(node_id={self['node_id']!r}, namespace={namespace!r})"
