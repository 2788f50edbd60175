"""What programs take from Ray's private modules, under the names by which they import it.

In Ray: ``python/ray/_private``. Left out here: nearly all of it. What raylite keeps to itself is
in :mod:`raylite._core`.
"""
