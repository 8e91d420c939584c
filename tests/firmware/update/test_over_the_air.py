"""Updates of a board under real MicroPython, through the real broker, with its power cut."""

import re
from collections.abc import Callable

import pytest

from firmware.device import release as wire
from firmware.errors import UpdateError
from firmware.release import Release
from tests.firmware.servers import Gateway
from tests.firmware.update.boards import DEVICE, KEY, NEW, OLD, Bench, Board, changed
from tests.mosquitto import eventually

pytestmark = [pytest.mark.micropython, pytest.mark.broker]


def nothing_lost(gateway: Gateway) -> None:
    """Every reading of every epoch arrived, and the epochs are lives of one incarnation."""
    keys = list(gateway.stored[DEVICE])
    epochs = {epoch for epoch, _seq in keys}
    assert len({epoch.split("-")[0] for epoch in epochs}) == 1
    for epoch in epochs:
        seqs = sorted(seq for name, seq in keys if name == epoch)
        assert seqs == list(range(1, len(seqs) + 1))
    assert gateway.gaps == 0


def becomes(running: Board, version: str, state: str) -> None:
    eventually(lambda: running.state() == (version, state), f"{version}, {state}", within_s=240)


def test_a_good_release_runs_after_its_trial_and_no_reading_is_lost(bench: Bench) -> None:
    with bench.board() as running:
        first = running.birth["epoch"]
        sender = bench.sender()
        sender.send(changed())
        becomes(running, NEW, "good")
        assert sender.shares[-1] == 1.0
        assert any("on trial" in text for text in sender.said)
        incarnation, boots = first.split("-")
        assert running.birth["epoch"] == f"{incarnation}-{int(boots) + 1}"
        goal = bench.gateway.count(DEVICE) + 10
        eventually(lambda: bench.gateway.count(DEVICE) >= goal, "readings of the new program")
        running.cut_power()
        eventually(lambda: running.birth["epoch"].endswith("-3"), "a third life")
        becomes(running, NEW, "good")
        sender.send(changed())
        assert sender.said[-1] == f"{DEVICE} runs {NEW} already"
        nothing_lost(bench.gateway)


def test_only_what_the_board_lacks_is_sent(bench: Bench) -> None:
    with bench.board() as running:
        sender, wanted = bench.sender(), changed()
        sender.send(wanted)
        becomes(running, NEW, "good")
        chunks = -(-len(wanted.files["firmware/device/packets.py"]) // wire.CHUNK_BYTES)
        assert len(sender.shares) == chunks + 1


@pytest.mark.parametrize(
    ("key", "release", "words"),
    [
        (bytes(32), changed, "bad signature"),
        (KEY, lambda: changed(version="0.9.9+cccccccc"), "older than 1.0.0.*--force"),
        (KEY, lambda: changed(version="of today"), "no version: of today"),
    ],
)
def test_what_is_not_to_be_trusted_is_refused_and_nothing_is_written(
    key: bytes, release: Callable[[], Release], words: str, bench: Bench
) -> None:
    with bench.board() as running:
        with pytest.raises(UpdateError, match=words):
            bench.sender(key).send(release())
        assert running.state() == (OLD, "good")
        running.cut_power()
        eventually(running.lives, "the end of a life")
        assert "after 0 changes" in running.lives()[0]


def test_a_downgrade_that_is_forced(bench: Bench) -> None:
    with bench.board() as running:
        bench.sender().send(changed(version="0.9.9+cccccccc"), force=True)
        becomes(running, "0.9.9+cccccccc", "good")
        nothing_lost(bench.gateway)


def test_a_manifest_cannot_be_played_again_after_a_restart(bench: Bench) -> None:
    with bench.board() as running:
        text = changed().manifest(device=DEVICE, epoch=running.birth["epoch"], force=True)
        signature = wire.sign(KEY, text.encode())
        running.cut_power()
        eventually(lambda: running.birth["epoch"].endswith("-2"), "a second life")
        eventually(lambda: bench.gateway.latest[f"{DEVICE}/status"] == b"online", "its greeting")
        result = bench.gateway.command(DEVICE, "update", manifest=text, signature=signature)
        assert "before the last start" in result["error"]


def test_a_flipped_byte_is_found_and_the_old_program_goes_on(bench: Bench) -> None:
    wanted = changed()
    path = "firmware/device/packets.py"
    damaged = bytearray(wanted.files[path])
    damaged[5000] ^= 1
    with bench.board() as running:
        with pytest.raises(UpdateError, match=r"packets\.py arrived damaged 3 times"):
            bench.sender().send(Flipped(wanted, path, bytes(damaged)))
        assert running.state() == (OLD, "good")
        bench.sender().send(wanted)
        becomes(running, NEW, "good")
        nothing_lost(bench.gateway)


class Flipped(Release):
    """Lists what ``wanted`` holds, and hands out one other file."""

    def __init__(self, wanted: Release, path: str, data: bytes) -> None:
        super().__init__(version=wanted.version, files={**wanted.files, path: data})
        object.__setattr__(self, "_wanted", wanted)

    def listed(self) -> list[tuple[str, int, str]]:
        listed: list[tuple[str, int, str]] = self._wanted.listed()  # type: ignore[attr-defined]
        return listed


@pytest.mark.parametrize(
    ("module", "code", "reason", "trial_s"),
    [
        ("firmware/device/app", "raise RuntimeError('dropped')", "RuntimeError.*dropped", 120),
        ("firmware/device/app", "\nthis is no Python", "SyntaxError", 120),
        # It reads and spools, and never reaches the broker. The release after it has to, in time.
        ("firmware/device/packets", "\ndef check_connack(_): raise OSError()", "no reading", 15),
    ],
)
def test_a_release_that_does_not_work_is_rolled_back_and_the_board_says_so(
    module: str, code: str, reason: str, trial_s: float, bench: Bench
) -> None:
    with bench.board(trial=trial_s) as running:
        with pytest.raises(UpdateError, match=f"back at {re.escape(OLD)}: .*{reason}.*3 times"):
            bench.sender().send(changed(module, code=code))
        becomes(running, OLD, "rolled_back")
        assert running.birth["update"]["version"] == NEW
        assert len(running.lives()) == 4
        goal = bench.gateway.count(DEVICE) + 10
        eventually(lambda: bench.gateway.count(DEVICE) >= goal, "readings of the old program")
        nothing_lost(bench.gateway)
        bench.sender().send(changed())
        becomes(running, NEW, "good")


def test_power_cut_at_each_change_to_the_slots(bench: Bench) -> None:
    """Of an update of one module, from the first chunk to the word that the trial is passed.

    The update before it has filled the other slot with all the rest.
    """
    with bench.board() as running:
        bench.sender().send(changed())
        becomes(running, NEW, "good")
        bench.sender().send(changed(version="1.2.0+00000000"))
        becomes(running, "1.2.0+00000000", "good")
        for after in range(1, 60):
            version = f"1.3.{after}+00000000"
            lives = len(running.lives())
            running.cut_power(after)
            bench.sender().send(changed(code=f"# {after}\n" * 300, version=version))
            becomes(running, version, "good")
            if "cut" not in "".join(running.lives()[lives:]):
                break  # it takes no more changes than that
        assert 15 < after < 59
        nothing_lost(bench.gateway)
