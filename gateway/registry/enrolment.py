"""A board's new login, as it is told to a person: once, and kept nowhere."""

import msgspec


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody needs to connect a board.

    Attributes:
        site_toml: the lines of its ``site.toml``.
        flash: the commands that write it to a board.
        publish: one that sends a reading in its name.
        is_reachable: whether boards on the network reach the broker at all.
    """

    device: str
    username: str
    password: str
    site_toml: str
    flash: str
    publish: str
    is_reachable: bool
