"""Closed days of readings as Parquet files: written, compared, and read with the journal as one."""
