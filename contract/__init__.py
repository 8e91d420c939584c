"""What every part speaks: messages, topics, settings, errors, the catalogue. Imports none of ours."""
