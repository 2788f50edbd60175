"""What workers print, under the cell that made the call."""
