"""How long machines still last, learned from those that were followed to their failure."""
