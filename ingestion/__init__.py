"""How events get in: producers, Flume agents, Kafka to bronze to silver, the ledger."""
