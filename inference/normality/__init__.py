"""What is normal of one machine, learned from its own first readings, and what is unlike it."""
