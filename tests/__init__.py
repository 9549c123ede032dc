"""Tests, sorted like the folders that they are about."""
