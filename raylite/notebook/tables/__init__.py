"""Tables of what there is: actors, tasks, objects, metrics, the session."""
