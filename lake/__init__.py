"""How Spark, Delta and Kafka are read and written, in one place."""
