"""A data directory backed up while the gateway works, checked, and put back: equal, or refused."""

import os
import signal
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contract.errors import Damaged, Misconfigured, NotFound, Refused, StorageFull
from contract.settings import Settings
from gateway.backup import checking, durable, journal_copy, making, restoring, tarball
from gateway.backup.commands import add_arguments, run
from gateway.backup.manifest import NAME, Manifest, described
from gateway.journal import Journal
from gateway.journal.reader import open_read_only
from scripts.settings import ROOT
from tests.gateway.archive import archives
from tests.gateway.journal.test_killed_journal import ROWS, write

FILES = {
    "people.toml": "secret",
    "pseudonyms.key": "0123",
    "photos/fan-01": "a picture",
    "registry/fan-01.json": "{}",
    "broker/passwords": "fan-01:$7$",
    "archive/workshop/fan-01/2025/11-20.parquet": "PAR1",
    "assets/oven.toml": "[asset]",
}
NOT_MISSED = {"broker/mosquitto.db": "x", "log/gateway.log": "x", "ballast": "x", "run/a.json": "x"}


def quiet(_: str) -> None:
    """Nobody is told of progress."""


def fill(data_dir: Path) -> None:
    for name, text in {**FILES, **NOT_MISSED}.items():
        (data_dir / name).parent.mkdir(parents=True, exist_ok=True)
        (data_dir / name).write_text(text)


def made(data_dir: Path, path: Path) -> Manifest:
    return making.make(data_dir, path, site="workshop", version="1", told=quiet).manifest


def rows_of(path: Path) -> int:
    connection = open_read_only(path)
    count = int(connection.execute("SELECT count(*) FROM reading").get)
    connection.close()
    return count


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """Of a gateway that works."""
    folder = tmp_path / "var"
    fill(folder)
    journal = Journal(folder / "journal.db")
    for _ in range(20):
        write(journal)
    yield folder
    journal.close()


@pytest.fixture
def backup(data_dir: Path, tmp_path: Path) -> Path:
    made(data_dir, tmp_path / "backup")
    return tmp_path / "backup"


def test_a_backup_has_all_that_would_be_missed_and_is_its_owners_alone(backup: Path) -> None:
    manifest = checking.checked(backup)

    named = {each.path for each in manifest.files}
    assert named - {making.SETTINGS} == {*FILES, "journal.db"}
    assert manifest.rows["reading"] == 20 * ROWS
    for path in [backup, *backup.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_what_is_written_while_it_is_copied_is_not_in_it_and_nothing_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path / "journal.db")
    write(journal)
    monkeypatch.setattr(journal_copy, "_PAGES", 1)
    steps = []

    def told(done: int, of: int) -> None:
        steps.append((done, of))
        write(journal)

    journal_copy.copy(tmp_path / "journal.db", tmp_path / "copy.db", told=told)

    assert len(steps) > 3
    assert rows_of(tmp_path / "journal.db") == ROWS * (1 + len(steps))
    assert journal_copy.counts(tmp_path / "copy.db")[1]["reading"] == ROWS
    assert not (tmp_path / "copy.db-wal").exists()
    journal.close()


@pytest.mark.parametrize("name", ["backup", "backup.tar", "backup.tar.gz"])
def test_what_is_restored_is_equal(data_dir: Path, tmp_path: Path, name: str) -> None:
    before = made(data_dir, tmp_path / name)

    with tarball.unpacked(tmp_path / name) as folder:
        restoring.restore(folder, tmp_path / "other", replace=False, told=quiet)

    for each in before.files:
        if each.path != making.SETTINGS:
            assert described(tmp_path / "other", Path(each.path)) == each
    journal = Journal(tmp_path / "other" / "journal.db")  # a gateway can go on with it
    write(journal)
    journal.close()
    assert rows_of(tmp_path / "other" / "journal.db") == 21 * ROWS


def test_what_is_left_of_a_backup_without_room_is_nothing(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(durable, "copy", full)
    with pytest.raises(StorageFull, match="no room"):
        made(data_dir, tmp_path / "backup")
    assert [path.name for path in tmp_path.iterdir()] == ["var"]


def test_of_a_disk_that_is_not_mounted_no_folder_is_made(data_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is what it lies on mounted"):
        made(data_dir, tmp_path / "mnt" / "backup")
    assert not (tmp_path / "mnt").exists()


def test_a_backup_is_never_part_of_the_next_one(data_dir: Path) -> None:
    with pytest.raises(Refused, match="name another place"):
        made(data_dir, data_dir / "backups" / "backup")
    assert not (data_dir / "backups").exists()


def flip(backup: Path) -> None:
    with (backup / "journal.db").open("r+b") as file:
        file.seek(5_000)
        file.write(b"\xff")


def lose(backup: Path) -> None:
    (backup / "people.toml").unlink()


def forge(backup: Path) -> None:
    text = (backup / NAME).read_text()
    (backup / NAME).write_text(text.replace('"people.toml"', '"../people.toml"'))


@pytest.mark.parametrize(
    ("harm", "error", "words"),
    [
        (flip, Damaged, "journal.db of .* is not as it was backed up"),
        (lose, Damaged, "people.toml of .* cannot be read"),
        (forge, Refused, "it names '../people.toml'"),
        (lambda backup: (backup / NAME).unlink(), NotFound, "is no backup"),
    ],
)
def test_what_is_not_as_it_was_made_is_named_and_not_restored(
    backup: Path, tmp_path: Path, harm: Callable[[Path], None], error: type[Exception], words: str
) -> None:
    harm(backup)

    with pytest.raises(error, match=words):
        checking.checked(backup)
    with pytest.raises(error, match=words):
        restoring.restore(backup, tmp_path / "other", replace=False, told=quiet)
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["journal.lock"]


def test_a_file_that_was_damaged_is_said(data_dir: Path, tmp_path: Path) -> None:
    path = tmp_path / "backup.tar.gz"
    made(data_dir, path)
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2 : len(raw) // 2 + 64] = bytes(64)
    path.write_bytes(raw)

    with (
        pytest.raises(
            (Refused, Damaged), match=r"cannot be unpacked|is not as it was|or is damaged"
        ),
        tarball.unpacked(path) as folder,
    ):
        checking.checked(folder)


def test_a_backup_on_a_disk_that_is_only_read_is_unpacked_elsewhere(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(data_dir, tmp_path / "backup.tar")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with tarball.unpacked(tmp_path / "backup.tar") as folder:
        assert folder.parent != tmp_path
        checking.checked(folder)


def test_what_is_left_of_a_restore_without_room_is_nothing(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path, target: Path) -> None:
        durable.folder(target.parent)
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(durable, "copy", full)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "people.toml").write_text("another")
    with pytest.raises(Refused, match="No space left"):
        restoring.restore(backup, tmp_path / "other", replace=True, told=quiet)
    assert {path.name for path in (tmp_path / "other").iterdir()} == {"people.toml", "journal.lock"}


def test_a_gateway_that_works_is_left_alone(data_dir: Path, backup: Path) -> None:
    with pytest.raises(Misconfigured, match="stop it first"):
        restoring.restore(backup, data_dir, replace=True, told=quiet)
    assert (data_dir / "log" / "gateway.log").exists()


def test_what_is_there_is_kept_beside(backup: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    fill(other)
    (other / "people.toml").write_text("another")
    (other / "journal.db-wal").write_text("of another journal")

    with pytest.raises(Refused, match="say --replace"):
        restoring.restore(backup, other, replace=False, told=quiet)
    restoring.restore(backup, other, replace=True, told=quiet)

    [before] = other.glob(".before-restore-*")
    assert (before / "people.toml").read_text() == "another"
    assert (before / "journal.db-wal").exists()
    assert not (other / "journal.db-wal").exists()  # beside another journal it would damage it
    assert (other / "people.toml").read_text() == "secret"


KILLED = """
import os, sys
from pathlib import Path
from gateway.backup import durable, restoring
left = int(sys.argv[3])
def counted(work):
    def deadly(*args):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), 9)
        return work(*args)
    return deadly
durable.move, durable.remove = counted(durable.move), counted(durable.remove)
durable.copy = counted(durable.copy)
restoring.restore(Path(sys.argv[1]), Path(sys.argv[2]), replace=True, told=lambda _: None)
"""


@pytest.mark.slow
def test_killed_anywhere_it_is_all_the_old_or_all_the_new(backup: Path, tmp_path: Path) -> None:
    old, new = set[int](), set[int]()
    for step in range(100):
        other = tmp_path / f"other-{step}"
        fill(other)
        (other / "people.toml").write_text("another")
        command = [sys.executable, "-c", KILLED, str(backup), str(other), str(step)]
        code = subprocess.run(command, cwd=ROOT, check=False, timeout=60).returncode
        restoring.resume(other)
        is_new = (other / "journal.db").exists()
        (new if is_new else old).add(step)
        assert (other / "people.toml").read_text() == ("secret" if is_new else "another"), step
        if is_new:
            for each in checking.checked(backup).files:
                if each.path != making.SETTINGS:
                    assert described(other, Path(each.path)) == each, step
        if code == 0:
            break
        assert code == -signal.SIGKILL
    assert old
    assert len(new) > 8
    assert max(old) < min(new)


def test_a_folder_of_backups_keeps_the_newest(tmp_path: Path) -> None:
    for day in range(4):
        name = making.dated(tmp_path, now_ms=1_763_640_000_000 + day * 86_400_000).name
        (tmp_path / name).mkdir()
        (tmp_path / name / NAME).write_text("{}")
    (tmp_path / "edgetwin-2024-01-01T000000Z.part").mkdir()
    (tmp_path / "somebody's").mkdir()

    gone = [path.name for path in making.surplus(tmp_path, keep=3)]

    assert gone == ["edgetwin-2025-11-20T120000Z"]


def test_commands_say_what_they_did(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = ArgumentParser()
    add_arguments(parser.add_subparsers(dest="command"))
    settings = Settings(data_dir=data_dir)
    folder = tmp_path / "backups"
    folder.mkdir()

    assert run(parser.parse_args(["backup", str(folder), "--tar"]), settings, version="1") == 0
    [one] = folder.iterdir()
    assert run(parser.parse_args(["verify", str(one)]), settings, version="1") == 0

    said = capsys.readouterr().out
    assert f"{20 * ROWS:,} reading" in said
    assert f"{one} is sound" in said
    entered = (data_dir / "audit" / "backups.jsonl").read_text()
    assert '"what":"backed_up"' in entered
    assert str(one) in entered


def test_a_day_that_was_damaged_already_is_saved_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = ArgumentParser()
    add_arguments(parser.add_subparsers(dest="command"))

    def carried_out(*argv: object) -> tuple[int, str]:
        args = parser.parse_args([str(each) for each in argv])
        return run(args, Settings(data_dir=tmp_path / "var"), version="1"), capsys.readouterr().out

    (tmp_path / "var").mkdir()
    (tmp_path / "backups").mkdir()
    with archives.begin(tmp_path / "var") as rig:
        archives.fill(rig)
        archives.work(archives.archivist(rig))
        assert carried_out("backup", tmp_path / "backups" / "edgetwin-2026-01-01T000000Z")[0] == 0
        [good] = (tmp_path / "backups").iterdir()
        day = next(archives.files(tmp_path / "var"))
        content = day.read_bytes()
        day.write_bytes(content[:200] + bytes([content[200] ^ 1]) + content[201:])
        code, said = carried_out("backup", tmp_path / "backups" / "other")
        kept, _ = carried_out("backup", tmp_path / "backups", "--keep", 1)
    assert (code, kept) == (1, 1)
    assert good.exists()
    assert "but when it was made: archive/workshop/fan-01/2025/11-20.parquet is not what" in said
    saved = tmp_path / "backups" / "other" / day.relative_to(tmp_path / "var")
    assert saved.read_bytes() == day.read_bytes()
    code, said = carried_out("verify", tmp_path / "backups" / "other")
    assert (code, "is sound" in said, "is not what was written" in said) == (1, True, True)
    (good / "notes.txt").write_text("of somebody")
    code, said = carried_out("verify", good)
    assert code == 0
    assert "notes.txt is no part of it, and would not be restored" in said
