"""What ran where and when."""
