"""What every process of a program runs: it owns objects, submits calls, and executes them."""
