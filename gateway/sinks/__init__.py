"""Followers of the journal: each carries what is stored on to another system, at its own pace."""
