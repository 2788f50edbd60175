"""What can carry out the calls: real processes, one process, or Ray itself."""
