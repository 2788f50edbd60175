"""The only part that starts processes: the head's loop, and the server that forks workers."""
