"""Bars: of ``raylite.progress``, and of ``util.tqdm`` in tasks and actors."""
