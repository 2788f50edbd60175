"""The chip of an ObjectRef: how far its value is, and where it comes from."""
