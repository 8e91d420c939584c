"""What a device is to work with and what it says it does: whether they differ, and since when."""

import pytest

from gateway.twin.device_settings import DeviceSettings, Reported, SettingValue, Wanted, is_same


def settings(wanted: SettingValue | None, *said: SettingValue) -> DeviceSettings:
    """Wanted at 100, said one after the other at 200, then at 300 and so on."""
    made = DeviceSettings()
    if wanted is not None:
        made.wanted = {"rate_hz": Wanted(wanted, 100, "Sam")}
    for at, value in enumerate(said):
        made.reported = made.reported.after({"rate_hz": value}, {}, now_ms=200 + 100 * at)
    return made


def since(made: DeviceSettings) -> int | None:
    return made.shown()["rate_hz"].differs_since_ms


def test_a_device_that_has_what_is_wanted_does_not_differ() -> None:
    shown = settings(2.0, 2.0).shown()["rate_hz"]
    assert (shown.desired, shown.reported, shown.differs_since_ms) == (2.0, 2.0, None)
    assert (shown.set_by, shown.set_ms) == ("Sam", 100)


def test_a_device_that_says_nothing_differs_since_it_was_told() -> None:
    assert since(settings(2.0)) == 100


def test_a_device_that_says_another_thing_differs_since_the_later_of_both() -> None:
    assert since(settings(2.0, 5.0)) == 200
    assert since(settings(2.0, 2.0, 5.0)) == 300
    made = settings(None, 5.0)
    made.wanted = {"rate_hz": Wanted(2.0, 900, "Sam")}
    assert since(made) == 900


def test_what_is_said_again_was_said_since_the_first_time() -> None:
    assert since(settings(2.0, 5.0, 5.0, 5.0)) == 200


def test_what_nobody_wants_does_not_differ() -> None:
    shown = settings(None, 5.0).shown()["rate_hz"]
    assert (shown.desired, shown.reported, shown.differs_since_ms) == (None, 5.0, None)


def test_why_a_device_refuses_is_told_only_while_it_differs() -> None:
    made = settings(9.0)
    made.reported = Reported().after({"rate_hz": 5.0}, {"rate_hz": "too fast"}, now_ms=200)
    assert made.shown()["rate_hz"].refused == "too fast"
    made.reported = made.reported.after({"rate_hz": 9.0}, {"rate_hz": "too fast"}, now_ms=300)
    assert made.shown()["rate_hz"].refused is None


@pytest.mark.parametrize(
    ("wanted", "said", "same"),
    [
        (1 / 3600, 0.00027778, True),  # as a board writes it
        (0.1, 0.10000000149, True),  # a float of 32 bits
        (1200.0, 1200, True),
        (5.0, 5.01, False),
        ("eco", "eco", True),
        ("eco", "always", False),
        ("5", 5.0, False),
    ],
)
def test_a_board_s_way_of_writing_numbers_is_no_difference(
    wanted: SettingValue,
    said: SettingValue,
    same: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    assert is_same(wanted, said) is same
