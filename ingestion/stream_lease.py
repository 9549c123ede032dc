"""The lease that the one process holds which lands and refines. Apart, so that who only asks needs no Spark."""

LEASE = "streams"
