"""The gateway over HTTP: the journal's history and the live fleet out, commands in."""

from gateway.api.app import create_app

__all__ = ["create_app"]
