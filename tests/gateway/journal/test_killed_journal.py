"""A journal as a kill leaves it, and what befalls its log before the next start."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from contract.errors import Damaged
from contract.messages import Reading
from gateway.journal import Journal, Row, ending
from gateway.journal.integrity import examine
from tests.gateway.rig import NOW_MS

HEADER, FRAME_HEAD = 32, 24
FRAME = FRAME_HEAD + 2048
BATCHES, ROWS = 12, 20

Damage = Callable[[Path], None]


def killed(path: Path, *, generations: int = 1) -> int:
    """Leave a journal at ``path`` with a log, as a dead process does; how many rows it holds."""
    home = path.with_name("at-work")
    home.mkdir()
    journal = Journal(home / path.name)
    for generation in range(generations):
        if generation:
            journal._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_RESTART)
        for _ in range(BATCHES // (generation + 1)):  # so that the old one reaches further
            write(journal)
    for end in ("", "-wal"):
        shutil.copy(f"{home / path.name}{end}", f"{path}{end}")
    ending.note_open(path, newest_id=journal.next_id - 1)
    journal.close()
    return journal.next_id - 1


def write(journal: Journal) -> None:
    journal.begin()
    journal.add_items([_row(journal.next_id + at) for at in range(ROWS)])
    journal.next_id += ROWS
    journal.commit()


def _row(id_: int) -> Row:
    reading = Reading("e", id_, {"a": 1.0}, NOW_MS + id_, received_ms=NOW_MS + id_)
    return Row(id_, 1, 1, reading, body=b'{"a":1.0}')


def stored(path: Path) -> int:
    connection = apsw.Connection(str(path))
    count = next(connection.execute("SELECT count(*) FROM reading"))[0]
    connection.close()
    return int(count)


def opened(path: Path) -> None:
    """Start anew on it. Raises Damaged."""
    journal = Journal(path)
    try:
        examine(path, give_up=lambda: False)
    finally:
        journal.abandon()


def log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def overwrite(path: Path, at: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)


def rubbish(count: int) -> bytes:
    return random.Random(count).randbytes(count)


def spoil_header(path: Path) -> None:
    overwrite(log_of(path), 5, rubbish(16))


def spoil_a_head(path: Path) -> None:
    overwrite(log_of(path), HEADER + 7 * FRAME, rubbish(FRAME_HEAD))


def spoil_the_last_head(path: Path) -> None:
    last = (log_of(path).stat().st_size - HEADER) // FRAME - 1
    overwrite(log_of(path), HEADER + last * FRAME, rubbish(FRAME_HEAD))


def spoil_the_first_head(path: Path) -> None:
    overwrite(log_of(path), HEADER, bytes(FRAME_HEAD))


def spoil_a_page(path: Path) -> None:
    overwrite(log_of(path), HEADER + 9 * FRAME + 500, rubbish(64))


def cut_within(path: Path) -> None:
    os.truncate(log_of(path), HEADER + 9 * FRAME + 1_000)


def cut_between(path: Path) -> None:
    os.truncate(log_of(path), HEADER + 11 * FRAME)


def empty(path: Path) -> None:
    os.truncate(log_of(path), 0)


def delete(path: Path) -> None:
    log_of(path).unlink()


DAMAGES = (
    spoil_header, spoil_a_head, spoil_the_first_head, spoil_a_page, cut_within, cut_between, empty,
    delete,
)  # fmt: skip


@pytest.mark.parametrize("generations", [1, 2])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_log_that_lost_something_is_noticed(
    tmp_path: Path, damage: Damage, generations: int
) -> None:
    path = tmp_path / "journal.db"
    killed(path, generations=generations)
    damage(path)
    with pytest.raises(Damaged):
        opened(path)


def test_the_last_transaction_counts_as_well(tmp_path: Path) -> None:
    killed(tmp_path / "journal.db")
    spoil_the_last_head(tmp_path / "journal.db")
    with pytest.raises(Damaged):
        opened(tmp_path / "journal.db")


@pytest.mark.parametrize("generations", [1, 2, 3])
def test_a_kill_alone_is_no_damage(tmp_path: Path, generations: int) -> None:
    path = tmp_path / "journal.db"
    assert killed(path, generations=generations) > 0
    for _ in range(2):
        opened(path)


@pytest.mark.parametrize("seed", range(30))
def test_nothing_goes_in_silence_wherever_bytes_are_flipped(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    path = tmp_path / "journal.db"
    rows = killed(path, generations=dice.choice([1, 2]))
    size = log_of(path).stat().st_size
    overwrite(log_of(path), dice.randrange(size), dice.randbytes(dice.choice([1, 8, 64, 300])))
    try:
        opened(path)
    except Damaged:
        return
    assert stored(path) == rows


@pytest.mark.parametrize("is_copied_over", [True, False])
def test_a_backup_put_in_place_after_a_kill_is_no_damage(
    tmp_path: Path, *, is_copied_over: bool
) -> None:
    path, backup = tmp_path / "journal.db", tmp_path / "backup.db"
    Journal(path).close()
    shutil.copy(path, backup)
    killed(path)
    log_of(path).unlink()
    if is_copied_over:  # the same inode
        path.write_bytes(backup.read_bytes())
    else:
        backup.replace(path)
    later_ns = path.stat().st_mtime_ns + 1_000_000_000  # at least a tick of the file system's clock
    os.utime(path, ns=(later_ns, later_ns))
    opened(path)


def test_whoever_looks_at_it_after_a_kill_does_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    killed(path)
    connection = apsw.Connection(str(path))  # as the sqlite3 shell: it takes the log over
    connection.execute("SELECT count(*) FROM reading").fetchall()
    connection.execute("DELETE FROM reading WHERE id > 3")
    connection.close()
    opened(path)


def test_how_far_it_goes_is_noted_while_it_is_open(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = Journal(path)
    write(journal)
    journal.note_end()
    noted = ending.load(path)
    assert noted is not None
    assert noted.least_id(path) == ROWS
    journal.note_torn()  # on a full disk: then nothing is known
    write(journal)
    journal.note_end()
    assert ending.load(path) is None
    journal.close()


@pytest.mark.parametrize("all_of_it", [True, False])
def test_a_journal_that_was_deleted_at_work_is_missed_unless_all_was(
    tmp_path: Path, *, all_of_it: bool
) -> None:
    path = tmp_path / "var" / "journal.db"
    path.parent.mkdir()
    Journal(path).close()
    journal = Journal(path)
    write(journal)
    journal.note_end()
    if all_of_it:
        shutil.rmtree(path.parent)
        path.parent.mkdir()
    else:
        path.unlink()
    write(journal)
    journal.note_end()
    journal.close()
    if all_of_it:
        Journal(path).close()
    else:
        with pytest.raises(Damaged):
            Journal(path)


def test_a_file_that_ends_within_a_page_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = Journal(path)
    for _ in range(BATCHES):  # so that it does not end with what describes its tables
        write(journal)
    journal.close()
    os.truncate(path, path.stat().st_size - 1)
    with pytest.raises(Damaged, match="within a page"):
        opened(path)


@pytest.mark.slow
def test_a_gateway_without_an_influxdb_does_not_wait_for_its_library() -> None:
    program = (
        "import gateway.__main__, sys; print([name for name in"
        " ('influxdb_client', 'numpy', 'pyarrow', 'rich') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert found.stdout == b"[]\n"
