"""What the streams are called, apart, so that who only asks about them needs no Spark."""

# The lease that the one process holds which lands and refines.
LEASE = "streams"
LANDING = "land"
