"""Which raylite this is. Processes of one runtime have to be of the same version."""

from typing import Final

__all__ = ["__version__"]

__version__: Final = "0.1.0"
