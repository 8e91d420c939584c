"""A batch of messages on its way: decoded, accepted or refused, stored, folded, acknowledged."""
