"""Who is about to leave: a model, its quality, and whom to contact. A score is a probability of leaving."""
