"""What may be offered to whom: suitable first, then by interest."""
