"""What time it is, and what time a board means: each clock is a witness."""
