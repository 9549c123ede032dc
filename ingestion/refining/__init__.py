"""Bronze to silver: decode, classify, mark late, set aside, accept; park a topic that fails, and unpark it."""
