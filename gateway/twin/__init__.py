"""One device's readings in; its sums, values, limits, windows and figures out. Pure."""
