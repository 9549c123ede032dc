"""Bytes to decoded rows: what a message says, its values in their types, and every promise that it breaks."""
