"""scikit-learn and other programs that use joblib, on raylite: ``register_ray()``.

In Ray: ``python/ray/util/joblib``. Left out here: nothing. joblib is no dependency of raylite.
"""

import importlib
from typing import Any

import raylite
from raylite.util.multiprocessing import Pool

__all__ = ["register_ray"]


def register_ray() -> None:
    """Let joblib know raylite: ``with joblib.parallel_backend("ray"): ...`` runs in its workers.

    Raises:
        ImportError: if joblib is not installed.
    """
    try:
        parallel = importlib.import_module("joblib.parallel")
        backends = importlib.import_module("joblib._parallel_backends")
    except ImportError as error:
        msg = (
            "register_ray() makes raylite a backend of joblib, which is not installed here. "
            "Install it with: pip install joblib"
        )
        raise ImportError(msg) from error
    parallel.register_parallel_backend("ray", _backend_class(backends.MultiprocessingBackend))


def _backend_class(base: Any) -> type:
    """A backend like joblib's own for pools, with a pool of raylite's."""

    class RayBackend(base):  # type: ignore[misc]  # known only where joblib is installed
        def effective_n_jobs(self, n_jobs: int | None) -> int:
            if not raylite.is_initialized():
                raylite.init()
            cpus = max(1, int(raylite.cluster_resources().get("CPU", 1)))
            return cpus if n_jobs is None or n_jobs < 0 else min(n_jobs, cpus)

        def configure(self, n_jobs: int = 1, parallel: Any = None, **_: Any) -> int:
            self.parallel = parallel
            number = self.effective_n_jobs(n_jobs)
            self._pool = Pool(number)
            return number

    return RayBackend
