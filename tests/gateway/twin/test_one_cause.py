"""One cause is one alarm: what overlaps in its channels is evidence of what came first."""

import contextlib
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.errors import Conflict
from contract.messages import Alarm
from gateway.ingest.alarm_rows import row_after
from gateway.twin.alarm_changes import Shelf, Suppression
from gateway.twin.alarms import CHATTER_MS, AlarmBook
from gateway.twin.causes import causes_of
from gateway.twin.twin import Twin
from tests.gateway.builders import FACTORS, T0
from tests.gateway.twin.test_alarms import Ledger
from tests.gateway.twin.test_stopped import FAN, RUNS, fan

OVERCURRENT: dict[str, Any] = {
    "kind": "fault",
    "severity": "High",
    "text": "Overcurrent Fault: free the rotor.",
}
CURRENT: dict[str, Any] = {
    "kind": "limit",
    "severity": "High",
    "text": "Current 2.5 A is above 2.2 A.",
}
HEAT = {"kind": "limit", "severity": "Critical", "text": "Temperature 80 °C is above 70 °C."}
DRIFT = {"kind": "fault", "severity": "Medium", "text": "Thermal Drift: clean the filter."}
SHAKING = {"kind": "limit", "severity": "Medium", "text": "Vibration 5 mm/s."}
UNKNOWN = {"kind": "fault", "severity": "Medium", "text": "Unknown."}
SAID: dict[str, dict[str, Any]] = {
    "fault_overcurrent": OVERCURRENT,
    "current_high": CURRENT,
    "temperature_high": HEAT,
    "fault_thermal_drift": DRIFT,
    "vibration_high": SHAKING,
    "fault_unknown": UNKNOWN,
}


class Machine:
    """A book, the journal's table, and what the gateway holds open of the device."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.book = self._new_book()
        self.device = SimpleNamespace(
            name="drill-1", id=1, alarms={}, twin=SimpleNamespace(book=self.book)
        )

    def _new_book(self) -> AlarmBook:
        book = AlarmBook()
        book.causes = causes_of(FAN)
        return book

    def raise_(self, name: str, at_ms: int) -> None:
        self.book.raise_(name, time_ms=T0 + at_ms, **SAID[name])
        self.settle()

    def clear(self, name: str, at_ms: int) -> None:
        self.book.clear(name, time_ms=T0 + at_ms)
        self.settle()

    def settle(self) -> None:
        for transition in self.book.take():
            row = row_after(self.device, transition)  # type: ignore[arg-type]
            self.ledger.write(row)
            row.written()

    def restart(self, book: AlarmBook | None = None) -> None:
        """As after a crash, with what readings that were folded again made of the book."""
        self.book = self.device.twin.book = self._new_book() if book is None else book
        opened = self.ledger.open()
        self.device.alarms = {each.name: each for each in opened if each.part_of is None}
        self.book.adopt(opened)
        self.settle()

    @property
    def shown(self) -> list[Alarm]:
        """As the API lists them: each that is no part of another."""
        return [each for each in self.ledger.alarms() if each.part_of is None]

    @property
    def names(self) -> list[tuple[str, bool, list[str]]]:
        """Of each its name, whether it is open, and its evidence."""
        return [
            (each.name, each.cleared_ms is None, [found.name for found in each.evidence])
            for each in self.shown
        ]


def machine(*raised: tuple[str, int]) -> Machine:
    found = Machine()
    for name, at_ms in raised:
        found.raise_(name, at_ms)
    return found


def test_a_fault_and_the_limit_it_breaks_are_one_alarm() -> None:
    found = machine(("fault_overcurrent", 1_000), ("current_high", 2_000))
    assert found.names == [("fault_overcurrent", True, ["current_high"])]
    assert len(found.book) == 1
    assert [each.text for each in found.device.alarms.values()] == [OVERCURRENT["text"]]


def test_a_limit_that_came_first_stays_the_alarm_and_says_what_is_known_by_now() -> None:
    found = machine(("current_high", 1_000), ("fault_overcurrent", 2_000))
    [alarm] = found.shown
    assert (alarm.name, alarm.text, alarm.raised_ms) == (
        "current_high", OVERCURRENT["text"], T0 + 1_000,
    )  # fmt: skip
    [own] = alarm.evidence
    assert (own.text, own.time_ms, own.over_ms) == (CURRENT["text"], T0 + 1_000, None)


def test_the_worst_severity_stands_outside_though_it_came_last() -> None:
    found = machine(("fault_thermal_drift", 0), ("temperature_high", 500))
    [alarm] = found.shown
    assert (alarm.severity, alarm.text) == ("Critical", DRIFT["text"])
    assert found.book.worst() == "Critical"


def test_what_shows_in_other_channels_is_another_alarm() -> None:
    found = machine(("fault_overcurrent", 0), ("vibration_high", 500))
    assert [name for name, *_ in found.names] == ["fault_overcurrent", "vibration_high"]


def test_a_fault_that_explains_two_limits_makes_one_alarm_of_them() -> None:
    found = machine(("current_high", 0), ("temperature_high", 500), ("fault_overcurrent", 900))
    [(name, _, evidence)] = found.names
    assert name == "current_high"
    assert evidence == ["current_high", "temperature_high"]
    assert list(found.device.alarms) == ["current_high"]


def test_the_alarm_stands_as_long_as_any_of_its_evidence() -> None:
    found = machine(("fault_overcurrent", 0), ("current_high", 1_000))
    found.clear("fault_overcurrent", 5_000)
    assert found.names == [("fault_overcurrent", True, ["current_high"])]
    found.clear("current_high", 9_000)
    [alarm] = found.shown
    assert alarm.cleared_ms == T0 + 9_000
    assert found.device.alarms == {}
    assert [each.over_ms for each in alarm.evidence] == [T0 + 9_000]


def test_what_comes_back_soon_opens_the_same_alarm_by_whichever_name() -> None:
    found = machine(("fault_overcurrent", 0))
    found.clear("fault_overcurrent", 5_000)
    found.raise_("current_high", 5_000 + CHATTER_MS)
    assert found.names == [("fault_overcurrent", True, ["current_high"])]
    assert [each.count for each in found.shown] == [2]
    found.clear("current_high", 70_000)
    found.raise_("fault_overcurrent", 80_000)
    assert len(found.shown) == 1


def test_unknown_that_stayed_becomes_what_is_known() -> None:
    found = machine(("fault_unknown", 0), ("fault_overcurrent", 9_000))
    [alarm] = found.shown
    assert (alarm.name, alarm.text, alarm.severity) == (
        "fault_unknown", OVERCURRENT["text"], "High",
    )  # fmt: skip


def test_one_that_gets_graver_leaves_the_shelf() -> None:
    found = machine(("fault_thermal_drift", 0))
    found.book.shelve("fault_thermal_drift", Shelf(T0 + 10**9, "Ann", None), now_ms=T0 + 1)
    assert found.book.worst() == "None"  # on the shelf it lowers no health
    found.raise_("temperature_high", 500)
    assert [each.shelved_until_ms for each in found.shown] == [None]
    assert found.book.worst() == "Critical"


def seen(found: Machine, name: str, at_ms: int) -> None:
    found.book.acknowledge(name, by="Ann", now_ms=T0 + at_ms)
    found.settle()


def test_one_that_gets_graver_is_seen_by_nobody_and_told_anew() -> None:
    found = machine(("fault_thermal_drift", 0))
    seen(found, "fault_thermal_drift", 100)
    found.raise_("temperature_high", 500)
    [alarm] = found.shown
    assert (alarm.acknowledged_ms, alarm.acknowledged_by, alarm.severity) == (
        None,
        None,
        "Critical",
    )
    assert found.device.alarms[alarm.name].acknowledged_ms is None
    assert [change for _, change in found.ledger.told()] == ["raised", "acknowledged", "regraded"]
    assert found.ledger.regraded() == [(T0 + 500, "Ann")]


def test_what_is_no_graver_than_what_stands_leaves_it_seen() -> None:
    found = machine(("fault_overcurrent", 0))
    seen(found, "fault_overcurrent", 100)
    found.raise_("current_high", 500)
    assert [each.acknowledged_by for each in found.shown] == ["Ann"]


def test_what_was_graver_once_and_comes_back_to_one_that_is_seen_is_told_again() -> None:
    found = machine(("fault_thermal_drift", 0), ("temperature_high", 500))
    found.clear("temperature_high", 1_000)
    seen(found, "fault_thermal_drift", 2_000)
    found.raise_("temperature_high", 900_000)
    assert [each.acknowledged_by for each in found.shown] == [None]
    assert found.ledger.regraded() == [(T0 + 500, None), (T0 + 900_000, "Ann")]


def test_a_lead_that_comes_back_graver_than_what_kept_it_open_is_told_again() -> None:
    found = machine(("temperature_high", 0), ("fault_thermal_drift", 500))
    found.clear("temperature_high", 1_000)
    seen(found, "temperature_high", 2_000)
    found.raise_("temperature_high", 900_000)
    assert [each.acknowledged_by for each in found.shown] == [None]


def test_the_graver_one_that_somebody_has_seen_by_itself_asks_for_nobody_anew() -> None:
    found = machine(("current_high", 0), ("temperature_high", 500))
    seen(found, "current_high", 600)
    seen(found, "temperature_high", 700)
    found.raise_("fault_overcurrent", 900)
    [alarm] = found.shown
    assert (alarm.name, alarm.severity, alarm.acknowledged_by) == (
        "current_high",
        "Critical",
        "Ann",
    )


def test_it_is_called_by_what_it_tells_of() -> None:
    found = machine(("current_high", 0), ("fault_overcurrent", 900))
    assert [each.cause for each in found.shown] == ["fault_overcurrent"]
    assert found.device.alarms["current_high"].cause == "fault_overcurrent"
    assert machine(("current_high", 0)).shown[0].cause == "current_high"


def test_whatever_is_said_of_it_each_finding_is_evidence_once() -> None:
    found = machine(("current_high", 0), ("fault_overcurrent", 900))
    seen(found, "current_high", 1_000)
    found.book.unacknowledge("current_high", by="Ann", now_ms=T0 + 1_100)
    found.settle()
    found.book.shelve("current_high", Shelf(T0 + 10**9, "Ann", None), now_ms=T0 + 1_200)
    found.settle()
    alarm = found.device.alarms["current_high"]
    assert [each.text for each in alarm.evidence] == [CURRENT["text"]]
    assert alarm.findings == 2


def test_a_part_is_closed_when_it_joined() -> None:
    found = machine(("current_high", 0), ("temperature_high", 500), ("fault_overcurrent", 900))
    assert found.ledger.closed() == [("temperature_high", T0 + 900)]


def test_a_restart_from_any_checkpoint_knows_what_is_one() -> None:
    found = machine(("fault_overcurrent", 1_000), ("current_high", 2_000))
    again = found._new_book()
    again.raise_("current_high", time_ms=T0 + 2_000, **CURRENT)
    again.clear("current_high", time_ms=T0 + 3_000)
    found.restart(again)
    assert found.names == [("fault_overcurrent", True, ["current_high"])]
    assert "current_high" not in found.book
    found.clear("fault_overcurrent", 4_000)
    assert [is_open for _, is_open, _ in found.names] == [False]


def test_a_limit_that_readings_folded_again_clear_stays_while_its_fault_stands() -> None:
    found = machine(("current_high", 1_000), ("fault_overcurrent", 2_000))
    again = found._new_book()
    again.raise_("current_high", time_ms=T0 + 1_000, **CURRENT)
    again.clear("current_high", time_ms=T0 + 3_000)
    found.restart(again)
    [alarm] = found.shown
    assert (alarm.cleared_ms, alarm.text) == (None, OVERCURRENT["text"])
    found.clear("fault_overcurrent", 6_000)
    assert [each.cleared_ms for each in found.shown] == [T0 + 6_000]


MAINTENANCE = Suppression(T0, T0 + 10**6, "Belt change (Sam)")


def test_what_is_raised_in_maintenance_is_kept_and_asks_for_somebody_when_that_is_over() -> None:
    found = machine(("fault_thermal_drift", 0))
    found.book.suppress(MAINTENANCE, now_ms=T0 + 1)
    found.settle()
    found.raise_("vibration_high", 500)
    assert {each.suppressed_by for each in found.shown} == {MAINTENANCE.by}
    assert (len(found.book), found.book.worst()) == (0, "None")
    assert found.ledger.told() == [("fault_thermal_drift", "raised")]
    found.book.suppress(None, now_ms=T0 + 10**6)
    found.settle()
    assert {each.suppressed_ms for each in found.shown} == {None}
    assert found.ledger.told()[1:] == [
        ("fault_thermal_drift", "raised"), ("vibration_high", "raised"),
    ]  # fmt: skip


def test_nobody_is_told_of_evidence_nor_of_what_came_and_went_in_maintenance() -> None:
    found = machine(("fault_overcurrent", 0), ("current_high", 500))
    found.clear("current_high", 900)
    found.clear("fault_overcurrent", 1_000)
    assert found.ledger.told() == [
        ("fault_overcurrent", "raised"),
        ("fault_overcurrent", "cleared"),
    ]
    found.book.suppress(MAINTENANCE, now_ms=T0 + 2_000)
    found.raise_("vibration_high", 2_500)
    found.clear("vibration_high", 3_000)
    assert [name for name, _ in found.ledger.told()].count("vibration_high") <= 1  # its end alone


def amps(*levels: float, seconds: float = 2.4) -> Iterable[tuple[float, dict[str, Any]]]:
    return ((seconds, RUNS | {"current": level}) for level in levels)


def test_two_and_a_half_and_less_than_two_amperes_in_turns_are_one_alarm_with_a_count() -> None:
    twin = fan((10, RUNS), *amps(*[2.5, 1.8] * 19))
    found = twin.take_transitions()
    assert {(t.name, t.raised_ms) for t in found} == {("current_high", found[0].raised_ms)}
    assert max(t.count for t in found) > 10
    assert [t for t in found if t.change == "cleared"][1:] == []


# ---------------------------------------------------------------- any course, with crashes

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["raise", "raise", "clear", "close", "crash", "save", "see"]),
        st.sampled_from(sorted(SAID)),
        st.integers(0, 40_000),
    ),
    max_size=40,
)


@settings(max_examples=200)
@given(STEPS)
def test_whatever_happens_no_cause_has_two_open_alarms_and_none_is_lost(
    steps: list[tuple[str, str, int]],
) -> None:
    found, at_ms, standing = Machine(), 0, set[str]()
    for what, name, later_ms in steps:
        at_ms += later_ms
        if what == "raise":
            found.raise_(name, at_ms)
            standing.add(name)
        elif what == "clear":
            found.clear(name, at_ms)
            standing.discard(name)
        elif what == "close":
            found.book.close(name)
            found.settle()
        elif what == "see" and name in found.device.alarms:
            with contextlib.suppress(Conflict):
                seen(found, name, at_ms)
        elif what == "crash":
            found.restart()
            standing = {each.name for each in found.book.open_alarms if each.stands}
        _check(found, standing)


def _check(found: Machine, standing: set[str]) -> None:
    opened = found.ledger.open()
    leads = [each for each in opened if each.part_of is None]
    assert {each.name for each in opened} == {each.name for each in found.book.open_alarms}
    assert sorted(found.device.alarms) == sorted(each.name for each in leads)
    assert {each.part_of for each in opened} - {None} <= {each.id for each in leads}
    assert [len(each.evidence) for each in leads] == [each.findings - 1 for each in leads]
    assert {each.name: each.evidence for each in leads} == {
        name: each.evidence for name, each in found.device.alarms.items()
    }
    assert standing <= {each.name for each in opened}
    causes = causes_of(FAN)
    seen: set[str] = set()
    for lead in leads:
        parts = [each.name for each in opened if each.part_of == lead.id]
        channels = set[str]().union(*(causes[name] for name in (lead.name, *parts)))
        assert seen.isdisjoint(channels), "two alarms of one cause"
        seen |= channels


def test_a_twin_that_was_saved_and_loaded_knows_its_groups() -> None:
    twin = fan((10, RUNS), (5, RUNS | {"current": 2.9, "temperature": 75.0}))
    twin.book.raise_("fault_overcurrent", time_ms=twin.lived_ms, **OVERCURRENT)
    assert len(twin.book) == 1
    again = Twin.restore(twin.snapshot(), device="fan-01", asset=FAN, factors=FACTORS)
    assert len(again.book) == 1
    assert again.book.open_alarms == twin.book.open_alarms
