"""A period in; what was used, what went wrong and how well it ran, out: as JSON, and on paper."""
