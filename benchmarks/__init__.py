"""Benches that a person starts by hand, each with a command of its own; their figures go into the README."""
