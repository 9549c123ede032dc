"""Who is about to leave: features, labels, models and scores from the books and the app."""
