"""Draining a backlog, and freshness under steady load: land and refine against a stock Spark job."""
