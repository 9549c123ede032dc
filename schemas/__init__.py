"""What data exists: every event and table, declared once."""
