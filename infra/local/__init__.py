"""Real servers on one machine, all on 127.0.0.1, kept by supervisor."""
