"""What becomes of quarantined messages: found, shown, replayed through refine, discarded; none is ever deleted."""
