"""How fast, as ratios side by side: each package compares ours with what it is measured against, in one run."""
