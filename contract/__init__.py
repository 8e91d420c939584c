"""What every part speaks: messages, topics, settings, catalogue. It imports nothing of ours."""
