"""What ``%load_ext raylite`` adds to a notebook."""
