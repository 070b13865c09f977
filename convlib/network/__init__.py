"""Whole networks: what every layer makes of a size, why sizes do not meet, and what mends it."""
