"""A bucket of InfluxDB 2 in; the same tables as of a file out."""
