"""Simulation: a type, hours, a seed and what it is told in; readings, events and figures out."""
