"""The tests of raylite. A package, so that helpers are imported as ``tests.processes``."""
