"""The control plane of the session: actors, their names, and the nodes. Pure."""
