"""Lines of the log about who comes and goes, by a clock that only the tests move."""

import pytest

from gateway.ingest.comings import MOST, WINDOW_S, Comings


class Log:
    """What is said, and the clock it is said by."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level("INFO")
        self._caplog = caplog
        self.now_s = 0.0
        self.comings = Comings(lambda: self.now_s)

    def flap(self, seconds: int, name: str = "fan-01") -> None:
        """Two boards on one login: each puts the other out."""
        for _ in range(seconds):
            self.comings.note(name, "offline")
            self.comings.note(name, "online")
            self.now_s += 1.0
            self.comings.sum_up()

    @property
    def said(self) -> list[str]:
        return [f"{each.device}: {each.getMessage()}" for each in self._caplog.records]  # type: ignore[attr-defined]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Log:
    return Log(caplog)


def test_who_comes_and_goes_now_and_then_is_told_each_time(log: Log) -> None:
    for _ in range(10):
        log.comings.note("fan-01", "offline")
        log.comings.note("fan-01", "online")
        log.now_s += WINDOW_S
        log.comings.sum_up()
    assert log.said == ["fan-01: went offline", "fan-01: is here"] * 10
    assert not log.comings.owes


def test_who_does_so_without_end_is_told_once_a_minute(log: Log) -> None:
    log.flap(600)
    assert len(log.said) == MOST + 10
    assert log.said[MOST] == "fan-01: came or went 116 times more within a minute; now it is online"
    assert log.said[-1] == "fan-01: came or went 120 times more within a minute; now it is online"


def test_the_last_word_is_how_it_is(log: Log) -> None:
    log.flap(30)
    log.comings.note("fan-01", "offline")
    assert log.comings.owes
    log.now_s += WINDOW_S
    log.comings.sum_up()
    assert log.said[-1].endswith("now it is offline")
    assert not log.comings.owes


def test_one_that_flaps_hides_no_other(log: Log) -> None:
    log.flap(30)
    log.comings.note("fan-02", "offline")
    assert log.said[-1] == "fan-02: went offline"


def test_who_has_calmed_down_is_told_line_by_line_again(log: Log) -> None:
    log.flap(30)
    for _ in range(3):
        log.now_s += WINDOW_S
        log.comings.sum_up()
    log.comings.note("fan-01", "offline")
    assert log.said[-1] == "fan-01: went offline"
