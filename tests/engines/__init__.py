"""The engines beside the usual one: Ray itself, and one process."""
