"""Positions, cash, profit and loss: what follows from fills and cash movements."""
