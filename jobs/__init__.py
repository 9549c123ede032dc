"""Which table is made from which: one module a table."""
