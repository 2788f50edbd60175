"""``RuntimeEnv``, under the name of the module that has it in Ray.

In Ray: ``python/ray/runtime_env``. Left out here: ``RuntimeEnvConfig``, since nothing is installed.
"""

from raylite._runtime_env import RuntimeEnv

__all__ = ["RuntimeEnv"]
