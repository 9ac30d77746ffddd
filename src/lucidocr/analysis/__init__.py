"""Where a reader goes wrong on a set of labelled lines, why, and what would help."""
