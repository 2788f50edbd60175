"""Where work should run: pure functions over what is known of the nodes."""
