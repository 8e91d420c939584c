"""``device delete-readings``: a time goes out of a machine's history, by whichever gateway can."""

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import closing
from typing import Final

from contract.errors import Conflict, Misconfigured, NotFound, Refused, Unavailable
from contract.settings import Settings
from gateway.accounts.removing import until_gone
from gateway.journal import JournalReader
from gateway.registry import deletions
from gateway.registry.deletable import Lost, lost
from gateway.registry.deletions import Deletion
from hosting.audit import person
from hosting.audit.events import What

ACTION: Final = "delete-readings"
_LONGEST_REASON: Final = 120

MomentMs = Callable[[str, bool], int]  # a text, and whether it is an end
Offline = Callable[[], None]  # a gateway that does nothing but what lies there


def add_arguments(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = actions.add_parser(
        ACTION, help="delete what was measured in a time, out of journal and archive"
    )
    parser.add_argument("name", metavar="ID")
    for end in ("from", "to"):
        parser.add_argument(
            f"--{end}",
            dest=f"{end}_",
            required=True,
            metavar="TIME",
            help="Unix ms, ISO 8601, or from now on (-24h, yesterday, …: --from=-24h)",
        )
    parser.add_argument("--reason", default="", metavar="TEXT", help="for the audit trail")
    parser.add_argument("--yes", action="store_true", help="do not ask once more")


def run(
    args: argparse.Namespace, settings: Settings, *, moment_ms: MomentMs, offline: Offline
) -> int:
    """Carry it out.

    Raises:
        NotFound: nothing of such a device is kept there. Refused: it cannot be, or was not meant.
        Conflict: readings of it are being deleted already.
        Unavailable: it is begun, and goes on when a gateway runs.
    """
    from_ms, to_ms = moment_ms(args.from_, False), moment_ms(args.to_, True)
    if from_ms >= to_ms:
        raise Refused(f"--from ({args.from_}) is not earlier than --to ({args.to_}).")
    if len(args.reason) > _LONGEST_REASON:
        raise Refused(f"--reason may have {_LONGEST_REASON} characters.")
    found = _lost(settings, args.name, from_ms, to_ms)
    if not args.yes:
        _ask_once_more(args.name, found)
    _delete(args, settings, _deletion(args, from_ms, to_ms, found), offline)
    print(f"{args.name}: {found.told()} of sums are deleted")  # noqa: T201 - for a person
    return 0


def _lost(settings: Settings, name: str, from_ms: int, to_ms: int) -> Lost:
    if not settings.journal_path.exists():
        raise NotFound(f"There is no journal at {settings.journal_path}.")
    with closing(JournalReader(settings.journal_path)) as reader, reader.blamed():
        reader.connection.execute("BEGIN")  # one snapshot
        return lost(
            reader.connection, device=name, from_ms=from_ms, to_ms=to_ms, site=settings.site_time
        )


def _deletion(args: argparse.Namespace, from_ms: int, to_ms: int, found: Lost) -> Deletion:
    return Deletion(
        by=person.user(),
        origin=person.origin(),
        time_ms=time.time_ns() // 1_000_000,
        from_ms=from_ms,
        to_ms=to_ms,
        readings=found.readings,
        events=found.events,
        reason=args.reason.strip(),
    )


def _ask_once_more(name: str, found: Lost) -> None:
    told = f"{found.told()} of sums of {name}"
    if not sys.stdin.isatty():
        raise Refused(f"{told} would be lost for good: say so with --yes.")
    if input(f"{told} are lost for good. Type its name to delete them: ").strip() != name:
        raise Refused(f"Nothing of {name} is deleted: that was not its name.")


def _delete(
    args: argparse.Namespace, settings: Settings, deletion: Deletion, offline: Offline
) -> None:
    data_dir, name = settings.data_dir, args.name
    if deletions.left(data_dir, name) is not None:
        raise Conflict(f"Readings of {name} are being deleted already: try again when done.")
    told_id = _newest_told(settings)
    deletions.leave(data_dir, name, deletion)
    later = f"Readings of {name} are deleted as soon as a gateway can"
    try:
        offline()
    except Misconfigured as error:  # one has the journal
        told = f"{later}, and /health says if something is in the way: {error}"
        until_gone(
            lambda: deletions.left(data_dir, name),
            told,
            lambda: in_the_way(settings, name, deletion, told_id),
        )
    if deletions.left(data_dir, name) is not None:
        raise Unavailable(f"{later}: the log says what is in the way.")


def _newest_told(settings: Settings) -> int:
    """Of the audit trail: what comes behind it is of what is about to be asked for."""
    with closing(JournalReader(settings.journal_path)) as reader, reader.blamed():
        return int(reader.connection.execute("SELECT coalesce(max(id), 0) FROM audit").get)


def in_the_way(settings: Settings, name: str, deletion: Deletion, told_id: int) -> str:
    """What the gateway has entered that it waits for; empty: nothing."""
    sql = "SELECT detail FROM audit WHERE id > ? AND what = ? AND time_ms = ? AND who = ?"
    asked = told_id, What.DELETION_WAITS, deletion.time_ms, deletion.by
    with closing(JournalReader(settings.journal_path)) as reader, reader.blamed():
        found = [str(detail) for (detail,) in reader.connection.execute(sql, asked)]
    own = [detail for detail in found if detail.startswith(f"{name}: ")]
    return f"{own[-1].rstrip('.')}. It is tried again every half minute." if own else ""
