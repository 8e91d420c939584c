"""InfluxDB as a follower of the journal."""
