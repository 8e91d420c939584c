"""Who did what, from where, when: noted by every process, kept in the gateway's journal."""

from hosting.audit.events import Event, What

__all__ = ["Event", "What"]
