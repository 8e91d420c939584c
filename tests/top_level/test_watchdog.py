"""The watchdog: who hangs is ended, who does not is left alone, whatever the wall clock does."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts import ready
from scripts.processes import Info
from scripts.watchdog import (
    HUNG_AFTER_S,
    ROUND_S,
    STARTED_WITHIN_S,
    TRY_AGAIN_S,
    Beats,
    Patience,
    Watchdog,
    answers,
)


def over(wells: list[bool], *, pid: int = 7, began_s: float = 0.0) -> list[bool]:
    """What a process is thought of, round by round."""
    patience = Patience()
    return [
        patience.is_over(pid, is_well=is_well, now_s=began_s + at * ROUND_S)
        for at, is_well in enumerate(wells)
    ]


@given(st.lists(st.booleans(), max_size=60))
def test_only_half_a_minute_of_silence_counts(wells: list[bool]) -> None:
    rounds = int(HUNG_AFTER_S // ROUND_S)
    for at, verdict in enumerate(over([True, *wells])):
        recent = [True, *wells][max(0, at - rounds) : at + 1]
        assert verdict == (not any(recent))


def test_a_start_may_take_minutes() -> None:
    verdicts = over([False] * 60)
    assert verdicts.index(True) * ROUND_S > STARTED_WITHIN_S


def test_another_process_of_that_name_begins_anew() -> None:
    patience = Patience()
    assert not patience.is_over(1, is_well=True, now_s=0.0)
    for now_s in range(5, 30, 5):
        assert not patience.is_over(1, is_well=False, now_s=now_s)
    assert not patience.is_over(2, is_well=False, now_s=40.0)


def test_who_was_asleep_itself_blames_nobody() -> None:
    patience = Patience()
    assert not patience.is_over(1, is_well=True, now_s=0.0)
    assert not patience.is_over(1, is_well=False, now_s=3_600.0)
    assert not patience.is_over(1, is_well=False, now_s=3_605.0)


def test_any_answer_is_an_answer() -> None:
    def says(error: Exception) -> Callable[[], object]:
        def probe() -> None:
            raise error

        return probe

    assert answers(lambda: None)
    assert answers(says(ready.NotReady("503")))
    assert not answers(says(ready.Silent("nobody")))


def test_beats_are_heard_once(tmp_path: Path) -> None:
    path = tmp_path / "s"
    beats = Beats(path)
    assert not beats.heard()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        for text in (b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"):
            sender.sendto(text, str(path))
    assert (beats.heard(), beats.heard()) == (True, False)
    beats.close()


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    line = [sys.executable, "-c", "import time; time.sleep(300)"]
    with subprocess.Popen(line) as process:
        yield process
        process.kill()


class Scene:
    """A watchdog over one process, which it may end."""

    def __init__(self, pid: int, logins: Path, *, name: str = "inference") -> None:
        self.info = Info(name=name, state="RUNNING", pid=pid, uptime_s=1)
        self.is_well = True
        self.said: list[str] = []
        self.started: list[str] = []
        self.watchdog = Watchdog(
            wells={name: lambda: self.is_well},
            infos=lambda: [self.info],
            start=self.started.append,
            logins=logins,
            say=self.said.append,
        )


def test_a_hung_process_is_killed_even_while_it_is_stopped(
    sleeper: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    scene = Scene(sleeper.pid, tmp_path)
    scene.watchdog.round(0.0)
    os.kill(sleeper.pid, signal.SIGSTOP)
    scene.is_well = False
    for now_s in range(5, 41, 5):
        scene.watchdog.round(now_s)
    assert sleeper.wait(timeout=120) == -signal.SIGKILL
    assert scene.said[0].startswith(f"WARNING inference (pid {sleeper.pid}) hangs")


def test_what_was_given_up_is_tried_again_every_minute(tmp_path: Path) -> None:
    scene = Scene(0, tmp_path)
    scene.info = Info(name="inference", state="FATAL", pid=0, uptime_s=0)
    for now_s in range(int(TRY_AGAIN_S), int(TRY_AGAIN_S) + 600, 5):
        scene.watchdog.round(now_s)
    assert scene.started == ["inference"] * 10


def test_a_broker_without_its_files_starts_again(
    sleeper: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    for name in ("passwords", "acl", "local.sock"):
        (tmp_path / name).touch()
    scene = Scene(sleeper.pid, tmp_path, name="broker")
    scene.watchdog.round(0.0)
    assert sleeper.poll() is None
    (tmp_path / "acl").unlink()
    scene.watchdog.round(5.0)
    assert sleeper.wait(timeout=120) == -signal.SIGTERM


def test_who_has_an_old_login_starts_again(
    sleeper: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    secret = tmp_path / "accounts" / "gateway"
    secret.parent.mkdir()
    secret.write_text("gateway:one")
    scene = Scene(sleeper.pid, tmp_path, name="gateway")
    scene.watchdog.round(0.0)
    secret.unlink()
    scene.watchdog.round(5.0)
    secret.write_text("gateway:one")
    scene.watchdog.round(10.0)
    assert sleeper.poll() is None
    secret.write_text("gateway:two")
    scene.watchdog.round(15.0)
    assert sleeper.wait(timeout=120) == -signal.SIGTERM
