"""The common ground of all pictures that move: the pump, the widget, its place in the cell."""
