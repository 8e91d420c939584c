"""Minutes of the past, computed anew from the readings that are kept, because a person asks."""
