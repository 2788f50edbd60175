"""The worker's side of a call: from its arrival until the reply has left."""
