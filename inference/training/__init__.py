"""Runs become a served model, and a report of how good it is."""
