"""Which slot starts: through damage of the state, failed trials, and a flash that takes no more."""

import asyncio
import binascii
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.device.slots import MANIFEST, MOST_TRIES, NAMES, Slots, supervise
from firmware.release import Release


def manifest(version: str) -> str:
    return json.dumps({"version": version, "files": []})


def prefix(directory: Path | str, *, versions: tuple[str, ...] = ("1.0.0",)) -> str:
    """A board with releases in its first slots."""
    start = f"{directory}/slot-"
    for name, version in zip(NAMES, versions, strict=False):
        Path(start + name).mkdir()
        Path(start + name, MANIFEST).write_text(manifest(version))
    Path(start + "b").mkdir(exist_ok=True)
    return start


def boot(start: str) -> Slots:
    """What the selector leaves to the program it starts."""
    selector = Slots(start)
    return Slots(start, selector.choose())


@pytest.fixture(autouse=True)
def _path_is_restored() -> Iterator[None]:
    before = list(sys.path)
    yield
    sys.path[:] = before


def test_a_board_from_the_flasher_starts_slot_a_and_says_good(tmp_path: Path) -> None:
    slots = boot(prefix(tmp_path))
    assert slots.running == "a"
    assert slots.report() == {"state": "good", "version": "1.0.0"}


def test_a_trial_that_is_passed_stays(tmp_path: Path) -> None:
    start = prefix(tmp_path)
    boot(start).offer(manifest("1.1.0"))
    slots = boot(start)
    assert slots.report() == {"state": "trial", "version": "1.1.0"}
    slots.good()
    for _start in range(MOST_TRIES + 2):
        slots = boot(start)
        assert slots.report() == {"state": "good", "version": "1.1.0"}
    assert slots.other == "a"


def test_a_trial_that_is_never_passed_ends_after_three_starts_with_its_reason(
    tmp_path: Path,
) -> None:
    start = prefix(tmp_path)
    boot(start).offer(manifest("1.1.0"))
    for _start in range(MOST_TRIES):
        selector = Slots(start)
        assert selector.choose() == "b"
        selector.note("it crashed")
    slots = boot(start)
    assert slots.running == "a"
    assert slots.report() == {
        "state": "rolled_back",
        "version": "1.1.0",
        "reason": "it crashed (started 3 times)",
    }
    slots.offer(manifest("1.2.0"))
    assert boot(start).report() == {"state": "trial", "version": "1.2.0"}


def test_what_cannot_be_counted_is_not_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = prefix(tmp_path)
    boot(start).offer(manifest("1.1.0"))

    def full(*_paths: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "rename", full)
    assert boot(start).report()["version"] == "1.0.0"
    monkeypatch.undo()
    assert boot(start).report()["version"] == "1.1.0"


@given(st.data())
def test_a_damaged_state_never_stops_the_board(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as directory:
        start = prefix(directory, versions=("1.0.0", "1.1.0"))
        boot(start).offer(manifest("1.1.0"))
        path = Path(start + "state")
        whole = path.read_bytes()
        kept = whole[: data.draw(st.integers(0, len(whole)), label="cut")]
        at = data.draw(st.integers(0, len(whole) - 1), label="flipped")
        mask = data.draw(st.integers(0, 255), label="mask")
        damaged = bytes(b ^ mask if i == at else b for i, b in enumerate(kept))
        path.write_bytes(damaged)
        chosen = boot(start)
        assert chosen.running == ("b" if damaged == whole else "a")
        chosen.offer(manifest("1.2.0"))
        assert boot(start).on_trial


@given(st.binary(max_size=200))
def test_a_state_of_rubbish_is_no_state(rubbish: bytes) -> None:
    with tempfile.TemporaryDirectory() as directory:
        start = prefix(directory)
        Path(start + "state").write_bytes(rubbish)
        assert boot(start).running == "a"


@pytest.mark.slow
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_a_state_with_a_good_crc_and_another_shape_is_no_state(content: object) -> None:
    with tempfile.TemporaryDirectory() as directory:
        start = prefix(directory)
        text = json.dumps(content).encode()
        Path(start + "state").write_bytes(b"%08x" % binascii.crc32(text) + text)
        assert boot(start).running == "a"


def test_a_state_that_was_written_and_not_renamed_is_taken_where_there_is_no_other(
    tmp_path: Path,
) -> None:
    start = prefix(tmp_path)
    boot(start).offer(manifest("1.1.0"))
    Path(start + "state").rename(start + "state.new")  # FAT removes the old name first
    assert boot(start).running == "b"


def test_without_any_state_the_slot_that_is_whole_starts(tmp_path: Path) -> None:
    start = prefix(tmp_path, versions=("1.0.0", "1.1.0"))
    listed = Release(version="1.0.0", files={"firmware/x.py": b"pass"}).listed()
    Path(start + "a", MANIFEST).write_text(json.dumps({"version": "1.0.0", "files": listed}))
    assert boot(start).running == "b"
    Path(start + "a", "firmware").mkdir()
    Path(start + "a", "firmware", "x.py").write_text("pass")
    assert boot(start).running == "a"


@given(st.lists(st.sampled_from(["crash", "pass", "offer", "cut"]), max_size=25))
def test_whatever_happens_the_program_that_starts_is_good_or_on_a_counted_trial(
    events: list[str],
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        start = prefix(directory)
        good, offered, tries = "1.0.0", "", 0
        slots = boot(start)
        for number, event in enumerate(events):
            if event == "offer" and not slots.on_trial:
                offered, tries = f"1.0.{number + 1}", 0
                slots.clear_mark()
                slots.offer(manifest(offered))
            elif event == "pass" and slots.on_trial:
                slots.good()
                good, offered = offered, ""
            slots = boot(start)
            running = slots.version(slots.running)
            if offered and tries < MOST_TRIES:
                tries += 1
                assert (running, slots.on_trial) == (offered, True)
            else:
                offered = ""
                assert (running, slots.on_trial) == (good, False)


# ---------------------------------------------------------------- supervise


def supervised(start: str, program: object, *, trial_s: float = 30) -> list[str]:
    said: list[str] = []
    asyncio.run(supervise(Slots(start), program, say=said.append, trial_s=trial_s))
    return said


def on_trial(tmp_path: Path) -> str:
    start = prefix(tmp_path)
    boot(start).offer(manifest("1.1.0"))
    return start


def test_the_chosen_slot_is_where_the_program_is_looked_for(tmp_path: Path) -> None:
    start = on_trial(tmp_path)
    found = []

    async def program() -> None:
        found.append(sys.path[0])

    assert supervised(start, program) == ["slot b is on trial: 1.1.0"]
    assert found == [start + "b"]


def test_a_program_that_raises_leaves_its_reason(tmp_path: Path) -> None:
    start = on_trial(tmp_path)

    async def program() -> None:
        raise RuntimeError("out of coffee")

    for _start in range(MOST_TRIES):
        assert "out of coffee" in supervised(start, program)[-1]
    assert "out of coffee" in boot(start).report()["reason"]


def test_a_program_on_trial_is_ended_when_its_time_is_up_and_may_close_its_files(
    tmp_path: Path,
) -> None:
    closed = []

    async def program() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    assert supervised(on_trial(tmp_path), program, trial_s=0)[-1] == "the trial's time is up"
    assert closed == [True]


def test_a_program_on_trial_that_does_not_end_when_told_to_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firmware.device.slots._ENDING_S", 0)

    async def program() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.Event().wait()

    assert supervised(on_trial(tmp_path), program, trial_s=0)[-1] == (
        "the trial's time is up, and the program does not end"
    )


def test_a_program_that_cannot_be_imported_leaves_its_reason(tmp_path: Path) -> None:
    def program() -> None:
        raise ImportError("no module named firmware")

    start = on_trial(tmp_path)
    assert "no module named firmware" in supervised(start, program)[-1]


def test_a_program_that_has_passed_is_left_alone(tmp_path: Path) -> None:
    start = on_trial(tmp_path)

    async def program() -> None:
        Slots(start, "b").good()
        await asyncio.sleep(0.05)

    assert supervised(start, program, trial_s=0.01) == ["slot b is on trial: 1.1.0"]
