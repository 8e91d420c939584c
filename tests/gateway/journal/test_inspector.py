"""When the journal is examined, and how long damage is told."""

import asyncio
from pathlib import Path

import pytest

from contract.errors import Damaged, Unusable
from contract.messages import Alarm, DependencyStatus
from gateway.journal import Journal, aside
from gateway.journal import inspector as module
from gateway.journal.inspector import TOLD_FOR_MS, Inspector, sentence

NOW_MS = 1_763_640_000_000


class Scene:
    """An inspector over a new journal, round by round."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "journal.db"
        self.journal = Journal(self.path)
        self.now_ms = NOW_MS
        self.has_backlog = False
        self.told: list[Alarm] = []
        self.inspector = Inspector(
            self.path,
            is_as_left=True,
            has_backlog=lambda: self.has_backlog,
            note_end=self.journal.note_end,
            told=self.told.append,
            now_ms=lambda: self.now_ms,
        )

    def round(self) -> None:
        asyncio.run(self.inspector._round())

    def close(self) -> None:
        self.journal.close()
        self.inspector.close()


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    found: list[Path] = []
    monkeypatch.setattr(module, "REST_S", 3_600.0)
    monkeypatch.setattr(module, "examine", lambda path, **_: found.append(path))
    return found


def test_it_looks_now_and_then_and_lets_a_backlog_go_first(
    tmp_path: Path, examined: list[Path]
) -> None:
    scene = Scene(tmp_path)
    scene.round()
    assert examined == []  # not due yet
    scene.inspector._due_s = 0.0
    scene.has_backlog = True
    scene.round()
    assert examined == []
    scene.has_backlog = False
    scene.round()
    scene.round()
    assert examined == [scene.path]
    scene.close()


def test_a_suspicion_waits_for_nothing(tmp_path: Path, examined: list[Path]) -> None:
    scene = Scene(tmp_path)
    scene.has_backlog = True
    scene.inspector._suspected.set()
    scene.round()
    scene.round()
    assert examined == [scene.path]
    scene.close()


def test_files_of_another_kind_are_seen_at_once(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.path.rename(tmp_path / "elsewhere")
    with pytest.raises(Damaged, match="was deleted"):
        scene.round()
    (tmp_path / "journal.db").write_bytes((tmp_path / "elsewhere").read_bytes())
    with pytest.raises(Damaged, match="was replaced"):
        scene.round()
    scene.journal.abandon()
    scene.inspector.close()


def test_what_was_set_aside_is_told_for_a_day(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"x" * 5_000)
    note = aside.set_aside(path, reason="It was cut.", now_ms=NOW_MS)
    assert (tmp_path / note.file).read_bytes() == b"x" * 5_000
    scene = Scene(tmp_path)
    [alarm] = scene.told
    assert (alarm.device, alarm.name, alarm.cleared_ms) == ("gateway", "journal_damaged", None)
    assert note.file in alarm.text
    status = scene.inspector.told_in(DependencyStatus("ok", "writable", 1))
    assert (status.status, status.detail) == ("ok", f"writable. {alarm.text}")
    scene.now_ms += TOLD_FOR_MS + 1
    scene.round()
    assert scene.told[-1].cleared_ms == scene.now_ms
    assert aside.read_note(path) is None
    scene.close()


@pytest.mark.parametrize("is_left", [True, False])
def test_whoever_deleted_all_of_it_is_not_told(tmp_path: Path, *, is_left: bool) -> None:
    path = tmp_path / "journal.db"
    Journal(path).close()
    if not is_left:
        path.unlink()
    aside.set_aside(path, reason="It was deleted.", now_ms=NOW_MS)
    aside.forget_loss(path)
    assert (aside.read_note(path) is not None) is is_left
    Journal(path).close()
    path.unlink()
    with pytest.raises(Damaged, match="was deleted or emptied while no gateway worked"):
        Journal(path)
    aside.forget_loss(path)
    Journal(path).close()


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    for at in range(6):
        path.write_text(str(at))
        (tmp_path / "journal.db-wal").write_text(str(at))
        aside.set_aside(path, reason="r", now_ms=NOW_MS + (at // 2) * 1_000)
    kept = [found.read_text() for found in aside.damaged_files(path)]
    assert kept == ["3", "4", "5"]
    assert len(list(tmp_path.glob("*-wal"))) == 3


def judged(scene: Scene, error: Exception) -> BaseException | None:
    """What comes out of work over the journal that fails with ``error``."""

    async def work() -> None:
        raise error

    try:
        asyncio.run(scene.inspector.judge(work()))
    except (Damaged, Unusable, ValueError, OSError) as found:
        return found
    return None


@pytest.mark.parametrize("error", [Unusable("no"), ValueError("no"), FileNotFoundError("no")])
def test_work_that_fails_over_a_journal_that_is_gone_fails_for_that(
    tmp_path: Path, error: Exception
) -> None:
    scene = Scene(tmp_path)
    assert judged(scene, error) is error  # it is not to blame
    scene.path.unlink()
    found = judged(scene, error)
    assert isinstance(found, Damaged)
    assert "was deleted while" in str(found)
    scene.journal.abandon()
    scene.inspector.close()


def test_what_somebody_read_condemns_it(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.inspector.condemn(Damaged("It says warm."))
    with pytest.raises(Damaged, match="It says warm"):
        scene.round()
    scene.close()


@pytest.mark.parametrize(
    ("parts", "kept"),
    [
        (("", "-wal"), "it is kept as {0} and {0}-wal."),
        (("",), "it is kept as {0}."),
        (("-wal", "-shm"), "only its log is left, as {0}-wal."),
        (("-shm",), "nothing of it is left."),
        ((), "nothing of it is left."),
    ],
)
def test_what_is_said_to_be_kept_is_there(
    tmp_path: Path, parts: tuple[str, ...], kept: str
) -> None:
    path = tmp_path / "journal.db"
    for part in ("-wal", "-shm", *parts):
        path.with_name(f"journal.db{part}").write_text("x" * (part in parts))
    note = aside.set_aside(path, reason="r.", now_ms=NOW_MS)
    assert kept.format("journal.damaged-20251120T120000Z.db") in sentence(note)
    assert all((tmp_path / name).exists() for name in (note.file, note.log) if name)
