"""Value at risk of many accounts: our job against the kernel alone, and against `applyInPandas` by account."""
