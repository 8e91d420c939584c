"""Logins at our own broker: who there is, what each may do, and the commands that change it."""
