"""What every part speaks; it imports nothing of ours."""
