"""What every part speaks: messages, topics, settings, errors, catalogue. Imports nothing of ours."""
