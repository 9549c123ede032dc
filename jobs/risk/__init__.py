"""What could be lost, and what must be looked at now."""
