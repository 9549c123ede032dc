"""Risk measures and alert rules. A loss is positive everywhere in this folder."""
