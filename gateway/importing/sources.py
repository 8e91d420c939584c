"""What is imported at once: a table, and what is known of it from outside."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.importing import own_file
from gateway.importing.files import File
from gateway.importing.own import OwnPart
from gateway.importing.tables import Table, opened
from gateway.importing.texts import digest_of


@dataclass(frozen=True, kw_only=True)
class Source:
    """Of one machine, or of several that a column parts.

    Attributes:
        name: as the journal, the quarantine and a person have it.
        device: whose it is.
        content: the SHA-256 of all that it says.
        own: the same as ``table``, where a gateway has exported it.
        is_exact: a gateway has written it: each row and text is what it is, and whose it is
            is no guess.
    """

    table: Table
    name: str
    device: str
    content: str
    own: OwnPart | None = None
    is_exact: bool = False


def of_file(file: File, *, device: str | None, may_be_own: bool) -> Iterator[Source]:
    """``device``: what a person said.

    Raises Refused: it cannot be read, or is no table.
    """
    path = file.path
    content = digest_of(path)
    own = own_file.opened(path) if may_be_own else None
    if own is None:
        whose = device or file.called
        yield Source(table=opened(path), name=path.name, device=whose, content=content)
        return
    for part in [OwnPart(own, each) for each in own.contents]:
        yield Source(
            table=part, name=path.name, device=_own(part, device), content=content, own=part,
            is_exact=True,
        )  # fmt: skip


def _own(part: OwnPart, said: str | None) -> str:
    """As the file calls it; another name is of all its machines, where it has several."""
    if not said:
        return part.device
    return said if part.is_alone else f"{said}-{part.device}"
