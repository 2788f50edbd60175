"""``raylite.util.tqdm`` by the name that programs for Ray import: ``ray.experimental.tqdm_ray``.

In Ray: ``python/ray/experimental/tqdm_ray.py``. Left out here: the manager of bars; ``print`` need
not be replaced, so ``safe_print`` is ``print``.
"""

from raylite._progress_bar import tqdm, trange

__all__ = ["safe_print", "tqdm", "trange"]

safe_print = print
