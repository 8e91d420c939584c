"""InfluxDB: built from source where there is no Docker, set up with least-privilege tokens, run."""
