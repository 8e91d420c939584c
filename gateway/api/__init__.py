"""The gateway over HTTP: the journal's history and the live fleet out, commands in."""
