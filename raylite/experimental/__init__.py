"""What Ray's courses import from ``ray.experimental``: the progress bar.

In Ray: ``python/ray/experimental``. Left out here: everything but :mod:`.tqdm_ray`.
"""
