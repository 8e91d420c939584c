"""A start reads what is open and what is newest, however much has happened before."""

import asyncio
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import apsw

from gateway.process import Gateway
from tests.gateway.api.workshop import OwnSettings
from tests.gateway.rig import EPOCH, NOW_MS, Rig, message, reading, telemetry

DEVICES = ("fan-01", "fan-02", "fan-03")
FLEETS = (4, 8, 16)  # machines
MONTH, YEARS = 30, 4 * 365  # days of a few rows each

# A day of each table that grows with time, again and again into the past, as it is after a clean
# end: settled, folded, carried on and cleared.
PAST = """
CREATE TEMP TABLE day AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
    WHERE i < {days}) SELECT i, i * 86400000 AS ms FROM n;
INSERT INTO minute SELECT m.device, m.start_ms - d.ms, m.body, 0 FROM minute m, day d;
INSERT INTO tier SELECT t.device, t.level, t.start_ms - d.ms, t.program, t.energy_j, t.measured_ms,
    t.body, t.sums FROM tier t, day d;
INSERT INTO diagnosis(device, time_ms, fault, changed, body)
    SELECT b.id, {now} - d.ms, 'normal', 1, json_object('device', b.name, 'time_ms', {now} - d.ms,
    'judged_ms', 5, 'stale', json('false'), 'fault_code', 0, 'fault_label', 'Normal', 'fault',
    'normal', 'confidence', 0.9, 'severity', 'None', 'advice', '', 'reasons', json('[]'),
    'anomaly_score', 0.1, 'model', 'm') FROM device b, day d;
INSERT INTO alarm(device, name, kind, severity, text, raised_ms, acknowledged_ms, acknowledged_by,
    cleared_ms, revision, shelved_until_ms) SELECT b.id, 'rpm_high', 'limit', 'High', 'It is.',
    {now} - d.ms, {now} - d.ms + 5, 'Sam', {now} - d.ms + 9, 0,
    iif(d.i < 4, {now} - d.ms + 7, NULL) FROM device b, day d;
INSERT INTO epoch(device, name, watermark) SELECT b.id, 'old-' || d.i, 9 FROM device b, day d
    ORDER BY d.i DESC;
INSERT INTO reading(id, epoch, seq, device, time_ms, received_ms, stamped, body)
    SELECT -d.i * 100 - b.id, 1000000 + d.i, b.id, b.id, {now} - d.ms, {now} - d.ms, 0, '{{}}'
    FROM device b, day d;
INSERT INTO quarantine(received_ms, device, topic, reason, detail, epoch, seq, raw)
    SELECT {now} - d.ms, b.name, 't', 'bad_value', '', 'old-' || d.i, 3, x'' FROM device b, day d;
INSERT INTO gap(epoch, first_seq, last_seq, missing, noted_ms)
    SELECT 1000000 + d.i, 5, 6, 2, {now} - d.ms FROM day d;
INSERT INTO audit(time_ms, who, origin, what, detail)
    SELECT {now} - d.ms, 'Sam', 'here', 'alarm_acknowledged', 'rpm_high' FROM device b, day d;
INSERT INTO archive(device, day_ms, folder, state, rows, events, bytes, sha256, up_to_id, first_ms,
    last_ms, written_ms) SELECT b.id, {now} - {now} % 86400000 - d.ms, 'workshop/' || b.name,
    'kept', 9, 1, 99, '0f', 0, 5, 6, 7 FROM device b, day d;
INSERT INTO former(device, start_ms, end_ms, changed_ms, body, reason, by)
    SELECT b.id, {now} - d.ms, {now} - d.ms + 60000, {now} - d.ms + 9, NULL, 'late', ''
    FROM device b, day d;
INSERT INTO notice(transition, route, target, due_ms, told_ms, message)
    SELECT t.id, 'all', 'mail', t.time_ms, t.time_ms + 5, 'm' FROM transition t;
INSERT OR REPLACE INTO meta SELECT 'folded_quarantine', max(id) FROM quarantine;
INSERT OR REPLACE INTO meta SELECT 'folded_gap', max(id) FROM gap;
"""
HAVE_GROWN = (
    "minute", "tier", "diagnosis", "alarm", "epoch", "reading", "quarantine", "gap", "audit",
    "archive", "anomaly", "transition", "former", "notice",
)  # fmt: skip


def made(directory: Path, devices: Sequence[str] = DEVICES) -> None:
    """The journal of some machines after some minutes, left in order."""
    with Rig(directory) as rig:
        for device in devices:
            rig.take(message(device, "birth", {"asset": "fan", "epoch": EPOCH}))
            items = [reading(seq, time_ms=NOW_MS - 600_000 + seq * 7_000) for seq in range(1, 60)]
            rig.take(telemetry(device, *items[:20]), telemetry(device, *items[20:40]))
        rig.checkpoint()
    edit(
        directory,
        "INSERT INTO tier SELECT device, 15, start_ms - start_ms % 900000, '', 1.0, 5, body, NULL"
        " FROM minute GROUP BY device, start_ms - start_ms % 900000",
    )


def edit(directory: Path, sql: str) -> None:
    with closing(apsw.Connection(str(directory / "journal.db"))) as connection:
        for _ in connection.execute(sql):
            pass


def counts(directory: Path) -> list[int]:
    with closing(apsw.Connection(str(directory / "journal.db"))) as connection:
        return [connection.execute(f"SELECT count(*) FROM {name}").get for name in HAVE_GROWN]


@contextmanager
def counted() -> Iterator[list[int]]:
    """How many steps SQLite takes meanwhile, on whatever connection."""
    taken = [0]

    def step() -> bool:
        taken[0] += 1
        return False

    def watch(connection: apsw.Connection) -> None:
        connection.set_progress_handler(step, 1, id="counted")

    apsw.connection_hooks.append(watch)
    try:
        yield taken
    finally:
        apsw.connection_hooks.remove(watch)


def steps_of_a_start(directory: Path, devices: Sequence[str] = DEVICES) -> int:
    settings = OwnSettings(data_dir=directory, influxdb_url="")

    async def start() -> int:
        with counted() as taken:
            gateway = Gateway(settings)
            assert sorted(device.name for device in gateway.fleet) == sorted(devices)
            assert gateway.rolling is not None
            assert gateway.unused is not None
        await gateway.close()
        return taken[0]

    return asyncio.run(start())


def test_a_start_reads_no_more_of_an_old_journal_than_of_a_young_one(tmp_path: Path) -> None:
    young, old = tmp_path / "young", tmp_path / "old"
    young.mkdir()
    made(young)
    shutil.copytree(young, old)
    for directory, days in ((young, MONTH), (old, YEARS)):
        edit(directory, PAST.format(days=days, now=NOW_MS))
        steps_of_a_start(directory)  # the first one makes what is missing
    grown = zip(HAVE_GROWN, counts(young), counts(old), strict=True)
    assert [name for name, before, after in grown if after < before + YEARS - MONTH] == []
    before, after = steps_of_a_start(young), steps_of_a_start(old)
    assert after < 1.1 * before, "what a start reads grows with the age of the journal"


def test_a_start_reads_as_much_of_each_machine_however_many_there_are(tmp_path: Path) -> None:
    taken = []
    for count in FLEETS:
        directory = tmp_path / str(count)
        directory.mkdir()
        devices = [f"fan-{number:02d}" for number in range(count)]
        made(directory, devices)
        edit(directory, PAST.format(days=MONTH, now=NOW_MS))
        steps_of_a_start(directory, devices)
        taken.append(steps_of_a_start(directory, devices))
    few, more, many = taken
    assert many - more < 1.1 * 2 * (more - few), "what is read of a machine grows with the others"
