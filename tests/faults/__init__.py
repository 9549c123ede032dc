"""The fault table: what the platform must survive or refuse, tried for real, and counted apart from its own ledger."""
