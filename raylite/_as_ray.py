"""``install_as_ray``: from then on ``import ray`` is ``import raylite as ray``.

In Ray: nothing like it. How it works is in :mod:`raylite._core.common.stand_in`.
"""

import importlib
import sys

from raylite import _engine

__all__ = ["install_as_ray"]


def install_as_ray() -> None:
    """Let programs that were written for Ray run here without an edit.

    1. ``import ray``, ``from ray.util import ActorPool`` and so on give raylite, from now on, in
       this process and in the workers of its sessions, the one that runs already among them.
    2. What Ray has and raylite has not (``ray.data``, ``ray.tune``) raises ImportError, and says
       what to do. If Ray is installed as well, it is not looked at.

    Twice is harmless. It lasts as long as the process.

    Raises:
        RuntimeError: if Ray itself was imported in this process already.
    """
    stand_in = importlib.import_module("raylite._core.common.stand_in")  # It is rarely needed.
    if stand_in.is_standing_in():
        return
    if "ray" in sys.modules:
        msg = (
            "install_as_ray() comes too late: Ray itself was imported in this process already, "
            f"from {getattr(sys.modules['ray'], '__file__', None)}. Call it before the first "
            "'import ray', in a new process or after a restart of the kernel."
        )
        raise RuntimeError(msg)
    sys.meta_path.insert(0, stand_in.RayFinder(wanted=lambda: True))
    importlib.import_module("ray")
    engine = _engine.get_or_none()
    # In a worker the engine is the worker's, and it is for the driver to speak for all.
    if engine is not None and engine.facts().is_driver:
        engine.stand_in_for_ray()
