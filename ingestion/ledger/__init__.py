"""What became of every message: accounts of what landed, and differences with names."""
