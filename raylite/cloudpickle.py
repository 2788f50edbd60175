"""The pickler that raylite uses, under the name by which Ray's programs import it.

In Ray: ``python/ray/cloudpickle``, a copy with changes. Here it is the package ``cloudpickle``
itself, which takes this module's place.
"""

import sys

import cloudpickle

sys.modules[__name__] = cloudpickle
