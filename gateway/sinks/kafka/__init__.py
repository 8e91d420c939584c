"""Kafka as a follower of the journal."""
