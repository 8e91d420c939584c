"""What truly was, against what the gateway's journal and twins say of it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from contract.messages import Minute
from gateway.twin.fleet import Device
from gateway.twin.ledger import ledger_of
from tests.end_to_end import naive
from tests.soak.board import Board, Taken
from tests.soak.site import Life
from tests.soak.world import World

EXACT = 1e-6
JOULES_A_SECOND = 12.0 * 1.5  # at the most
_decode_minute = msgspec.json.Decoder(Minute).decode


def complaints(world: World, *, exact: set[str], clock_faults: dict[str, float]) -> Iterator[str]:
    """A sentence for each thing that is not as it truly was.

    Args:
        world: all of it.
        exact: machines whose clocks were right all the time.
        clock_faults: of the others, how many seconds may be wrongly dated, or not measured.
    """
    life = world.site.life
    assert life is not None
    by_name: dict[str, list[Board]] = defaultdict(list)
    for board in world.boards:
        by_name[board.name].append(board)
    for name, boards in sorted(by_name.items()):
        taken = [each for board in boards for each in board.taken]
        stored = _stored(life, name)
        yield from _delivery(name, taken, stored, life.fleet.get(name), boards)
        kept = [each for each in taken if (each.epoch, each.seq) in stored]
        samples = [_sample(each, boards[0]) for each in kept]
        true = naive.total(naive.by_minute(samples).values())
        within = EXACT * true.energy_j
        if name not in exact:
            within = JOULES_A_SECOND * clock_faults.get(name, 0.0) + EXACT * true.energy_j
        yield from _sums(life, life.fleet.get(name), true, within)
        if name in exact:
            yield from _times(name, kept, stored)


def _stored(life: Life, name: str) -> dict[tuple[str, int], int]:
    sql = (
        "SELECT e.name, r.seq, r.time_ms FROM reading r JOIN epoch e ON e.id = r.epoch"
        " JOIN device d ON d.id = r.device WHERE d.name = ?"
    )
    rows = life.reader._connection.execute(sql, (name,))
    return {(epoch, seq): time_ms for epoch, seq, time_ms in rows}


def _sample(taken: Taken, board: Board) -> naive.Sample:
    current = float("nan") if taken.current is None else taken.current
    period_ms = board.period_ms if board.announces and board.period_ms != 200 else None
    values = {"current": current, "rpm": taken.rpm}
    return naive.Sample(taken.true_ms, taken.epoch, taken.seq, values, period_ms)


def _delivery(
    name: str,
    taken: Iterable[Taken],
    stored: dict[tuple[str, int], int],
    device: Device,
    boards: list[Board],
) -> Iterator[str]:
    good = {(each.epoch, each.seq) for each in taken if each.is_good}
    evicted = {key for board in boards for key in board.evicted}
    lost, invented = good - stored.keys() - evicted, stored.keys() - good
    if lost:
        yield f"{name}: {len(lost)} readings are lost, such as {min(lost)}"
    if invented:
        yield f"{name}: {len(invented)} readings nobody sent, such as {min(invented)}"
    missing = len(good & evicted - stored.keys())
    if device.counts.missing < missing:
        yield f"{name}: {missing} readings are gone, and {device.counts.missing} counted as gone"
    if device.counts.stored != len(stored):
        yield f"{name}: {len(stored)} readings stored, {device.counts.stored} counted"
    pending = sum(board.pending for board in boards)
    if pending:
        yield f"{name}: {pending} readings still wait on the board"


def _sums(life: Life, device: Device, true: naive.Sums, within: float) -> Iterator[str]:
    totals = device.twin._sums.so_far()
    sql = "SELECT body FROM minute m JOIN device d ON d.id = m.device WHERE d.name = ?"
    minutes = [
        _decode_minute(body) for (body,) in life.reader._connection.execute(sql, (device.name,))
    ]
    last = device.twin.open_minute()
    if last is not None:
        minutes = [each for each in minutes if each.start_ms != last.start_ms] + [last]
    for where, energy_j in (
        ("twin", ledger_of(device.asset).energy_j(totals.sums) or 0.0),
        ("minutes", sum(minute.energy_j or 0.0 for minute in minutes)),
    ):
        if abs(energy_j - true.energy_j) > within:
            yield (
                f"{device.name}: {energy_j:.6f} J in its {where}, truly {true.energy_j:.6f} J"
                f" (may be {within:.6f} off)"
            )
    if totals.measured_ms != true.measured_ms and within < 1.0:
        yield f"{device.name}: {totals.measured_ms} ms measured, truly {true.measured_ms}"
    if sum(minute.count for minute in minutes) != true.count:
        yield f"{device.name}: {sum(m.count for m in minutes)} in minutes, truly {true.count}"


def _times(name: str, kept: list[Taken], stored: dict[tuple[str, int], int]) -> Iterator[str]:
    moved = [each for each in kept if stored[each.epoch, each.seq] != each.true_ms]
    if moved:
        first = moved[0]
        by_s = (stored[first.epoch, first.seq] - first.true_ms) / 1000
        key = f"{first.epoch}/{first.seq}"
        yield f"{name}: {len(moved)} readings re-dated, the first, {key}, by {by_s:+.1f} s"
