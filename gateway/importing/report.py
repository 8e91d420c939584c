"""What is told a person of a file: what it is taken for, what became of its rows, how far it is."""

import contextlib
from collections.abc import Callable, Iterator

from contract.site_time import SiteTime
from gateway.importing.columns import parted
from gateway.importing.reading import Read, Recording
from gateway.journal.imports import Counts


def describe(recording: Recording) -> None:
    plan = recording.plan
    say(f"  {recording.table.kind}; time: {recording.times.kind}")
    for column in plan.columns:
        unit = f" [{column.unit}]" if column.unit else ""
        converted = " (converted)" if column.convert.changes else ""
        say(f"  {parted(column.name, '')[0]}{unit} → {column.channel}{converted}")
    if plan.unknown:
        say(f"  not taken, as there is no such channel: {', '.join(plan.unknown)}")
    for note in plan.notes + recording.notes:
        say(f"  {note}")


def report(read: Read, site: SiteTime) -> None:
    seen, ordered, steps = read.seen, read.ordered, read.steps
    say(f"  {seen.rows:,} rows from {site.iso(seen.first_ms)} to {site.iso(seen.last_ms)}")
    if steps.usual_ms:
        regular = "" if steps.is_regular else ", not regular"
        say(f"  one every {steps.usual_ms / 1000:g} s{regular}")
    if read.spread:
        _tell_of_crowds(read)
    if not seen.is_ordered:
        say("  its rows are not in order of time: they were sorted")
    parts = {
        ("row is repeated", "rows are repeated"): ordered.counts["repeated"],
        ("row of one time is joined", "rows of one time are joined"): ordered.counts["joined"],
        (
            "time has rows with different values: all of them are kept",
            "times have rows with different values: all of them are kept",
        ): ordered.counts["differing"],
        ("row is imputed", "rows are imputed"): ordered.counts["imputed"],
        ("row is empty", "rows are empty"): seen.empty,
        ("row has no time that can be used", "rows have no time that can be used"): (
            len(seen.refused) + sum(seen.more_refused.values())
        ),
        ("cell is bad and left out", "cells are bad and left out"): (
            sum(seen.bad_cells.values()) + read.out_of_range
        ),
    }
    for (one, many), count in parts.items():
        if count:
            say(f"  {count:,} {one if count == 1 else many}")
    if ordered.gaps:
        gaps = (
            "1 gap is left, of"
            if ordered.gaps == 1
            else f"{ordered.gaps:,} gaps are left, the longest of"
        )
        say(f"  {gaps} {ordered.longest_ms / 1000:,.0f} s")
    if read.flat:
        names = ", ".join(column.name for column in read.flat)
        say(f"  dropped, as they never move (--keep-flat keeps them): {names}")
    if not seen.rows:
        return
    for bad in seen.refused[:3]:
        say(f"  {bad.detail}")


def _tell_of_crowds(read: Read) -> None:
    say("  several rows a time: they are spread over the time to the next")
    texts = ", ".join(column.name for column in read.recording.plan.columns if not column.is_number)
    if texts:
        say(f"  are they of several machines? --split COLUMN parts them (texts stand in {texts})")


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - what the person asked for


@contextlib.contextmanager
def progress(what: str = "rows read", total: int | None = None) -> Iterator[Callable[[int], None]]:
    from rich.console import Console  # noqa: PLC0415  (the gateway starts without it)

    with Console(stderr=True).status("…") as status:
        of = f" of {total:,}" if total else ""
        yield lambda count: status.update(f"{count:,}{of} {what}")


def result(device: str, counts: Counts) -> None:
    """What the journal has of it now."""
    say(
        f"{device}: stored {counts.stored:,} readings"
        + f", {counts.repeated:,} were there already" * bool(counts.repeated)
        + f", {counts.refused:,} refused (quarantine says why)" * bool(counts.refused)
        + f", {counts.summed:,} left out: of their time only sums can be read" * bool(counts.summed)
    )


def unsummed(device: str, minutes: int) -> None:
    """What somebody who asks now may be told else than later."""
    say(
        f"{device}: minutes to be computed anew yet, as it had readings of their time: {minutes:,}."
        " Until the gateway is done with them, figures have some of the import"
    )
