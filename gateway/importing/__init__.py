"""Recordings of other systems in; readings and sums as if they had come from a board out."""
