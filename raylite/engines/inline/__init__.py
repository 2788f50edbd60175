"""One process: each call runs at once where it is made, so that a debugger lands in its code."""
