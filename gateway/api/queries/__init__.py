"""SQL over the journal, one function a question; each takes a read-only connection first."""
