"""What may be offered to whom: interactions, and lists made of them."""
