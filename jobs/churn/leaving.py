"""What counts as having left, for labels and for the population alike."""

MOVED_OUT_RATIO = 0.8
"""Share of the assets that must be moved out; DOMAIN §4.1 names 0.5 and 0.8, and the higher keeps houses and cars out."""
