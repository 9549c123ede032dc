"""Messages to Kafka: records checked and put into envelopes, and sent by either library."""
