"""A journal that is damaged is noticed, set aside and begun anew, by the gateway itself."""

import contextlib
import os
import random
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.end_to_end.damage import (
    PAGE,
    Damage,
    cut,
    delete,
    delete_folder,
    empty,
    flip_letters,
    flip_log,
    flip_pages,
    replace,
    scribble_log,
    spoil_header,
    spoil_texts,
)
from tests.end_to_end.points import NEXT_PAGE
from tests.end_to_end.witness import Witness
from tests.end_to_end.workshop import Workshop
from tests.mosquitto import HOST, eventually

pytestmark = pytest.mark.broker


def filled(workshop: Workshop, *, readings: int = 300) -> None:
    """A workshop at work, with some of its readings in the file and some in its log."""
    workshop.broker.start()
    workshop.start_gateway()
    workshop.start_devices()
    workshop.await_progress(readings)


def await_a_new_journal(workshop: Workshop) -> dict[str, Any]:
    """The gateway's own alarm, once it serves again."""
    # The gateway examines it the less often the longer that takes.
    log = workshop.log("gateway")[-3000:]
    eventually(lambda: told(workshop) != [], f"it is told\n{log}", within_s=300)
    workshop.await_gateway()
    [alarm] = told(workshop)
    health = workshop.health()
    assert health is not None
    assert alarm["text"] in health["dependencies"]["journal"]["detail"]
    eventually(lambda: workshop.get("/audit?what=journal_set_aside"), "it is entered")
    return alarm


def told(workshop: Workshop) -> list[dict[str, Any]]:
    message = workshop.retained("gateway", "alarm") or {"open": []}
    return [alarm for alarm in message["open"] if alarm["name"] == "journal_damaged"]


def set_aside(workshop: Workshop) -> list[str]:
    return sorted(path.name for path in workshop.data_dir.glob("journal.damaged-*.db"))


def and_all_is_well(workshop: Workshop) -> None:
    workshop.await_progress(50)
    workshop.quiesce()
    assert workshop.violations(gaps_are_expected=True) == []
    assert "Traceback" not in workshop.log("gateway")


@pytest.mark.parametrize(
    "damage", [flip_pages, flip_log, cut, spoil_header, delete, delete_folder, replace]
)
def test_damage_while_it_works(tmp_path: Path, damage: Damage) -> None:
    with Workshop(tmp_path, devices=2, rate_hz=50.0) as workshop:
        filled(workshop)
        if damage in (flip_pages, cut):  # so that the pages are in the file, not only in its log
            assert workshop.stop_gateway() == 0
            workshop.start_gateway()
            workshop.await_progress(20)
        damage(workshop.journal)
        await_a_new_journal(workshop)
        assert workshop.gateway_lives  # the same process
        assert len(set_aside(workshop)) == (0 if damage in (delete, delete_folder) else 1)
        and_all_is_well(workshop)


@contextlib.contextmanager
def late_readings(workshop: Workshop) -> Iterator[None]:
    """A board that never stops sending readings of another time, all over an hour."""
    witness, over = Witness(workshop), threading.Event()
    witness.introduce()
    minute_ms = time.time_ns() // 60_000_000_000 * 60_000

    def send() -> None:
        while not over.is_set():
            minutes = random.sample(range(2, 62), k=20)
            times = [minute_ms - 60_000 * minute + random.randrange(60_000) for minute in minutes]
            with contextlib.suppress(OSError, RuntimeError):
                witness.publish(witness.accept(times))

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        over.set()
        sender.join()


@pytest.mark.parametrize("damage", [delete, delete_folder, scribble_log, spoil_texts])
def test_damage_while_late_readings_are_worked_off(tmp_path: Path, damage: Damage) -> None:
    """Whoever meets it first, in whatever way: the same process begins anew, and says what was."""
    with Workshop(tmp_path, devices=2, rate_hz=50.0) as workshop:
        filled(workshop)
        with late_readings(workshop):
            time.sleep(3.0)
            damage(workshop.journal)
            text = await_a_new_journal(workshop)["text"]
        assert workshop.gateway_lives
        assert "while no gateway" not in text
        assert "gateway's user" not in workshop.log("gateway")
        if damage in (delete, delete_folder):
            assert "was deleted" in text
        for name in re.findall(r"journal\.damaged-\S+?\.db(?:-wal)?", text):
            assert (workshop.data_dir / name).exists(), text
        workshop.await_progress(50)
        assert "Traceback" not in workshop.log("gateway")


def test_a_noted_late_minute_over_damaged_rows_is_no_loop(tmp_path: Path) -> None:
    with Workshop(tmp_path, devices=1, rate_hz=50.0) as workshop:
        filled(workshop)
        assert workshop.stop_gateway() == 0
        spoil_minutes(workshop.journal)
        workshop.start_gateway(wait=False)
        await_a_new_journal(workshop)
        assert workshop.gateway_lives
        and_all_is_well(workshop)


def spoil_minutes(journal: Path) -> None:
    """Texts in valid JSON that are no readings, all of whose minutes wait to be restated."""
    edit(
        journal,
        'UPDATE reading SET body = \'{"temperature":["warm"]}\';'
        "INSERT OR REPLACE INTO late_minute"
        " SELECT DISTINCT device, time_ms / 60000 * 60000, 0, 'late', '' FROM reading;",
    )


@pytest.mark.parametrize("is_killed", [False, True])
@pytest.mark.parametrize("damage", [flip_pages, flip_letters, cut, empty, spoil_header, delete])
def test_damage_while_it_is_stopped(tmp_path: Path, damage: Damage, is_killed: bool) -> None:  # noqa: FBT001
    with Workshop(tmp_path, devices=2, rate_hz=50.0) as workshop:
        filled(workshop)
        assert workshop.stop_gateway() == 0
        if is_killed:
            workshop.start_gateway()
            workshop.await_progress(50)
            workshop.kill_gateway()
        damage(workshop.journal)
        workshop.start_gateway()
        await_a_new_journal(workshop)
        assert len(set_aside(workshop)) <= 1
        and_all_is_well(workshop)


def test_a_log_that_is_damaged_after_a_kill(tmp_path: Path) -> None:
    """SQLite would pass over all that stands behind the first bad frame, and say nothing."""
    with Workshop(tmp_path, devices=2, rate_hz=50.0) as workshop:
        filled(workshop)
        workshop.kill_gateway()
        flip_log(workshop.journal)
        workshop.start_gateway()
        assert "-wal is damaged" in await_a_new_journal(workshop)["text"]
        and_all_is_well(workshop)


def test_a_kill_is_no_damage_and_neither_is_an_edit_by_hand(tmp_path: Path) -> None:
    with Workshop(tmp_path, devices=2, rate_hz=50.0) as workshop:
        filled(workshop)
        for _ in range(3):
            workshop.kill_gateway()
            workshop.start_gateway()
            workshop.await_progress(20)
        assert workshop.stop_gateway() == 0
        edit(workshop.journal, "UPDATE device SET first_seen_ms = first_seen_ms - 1000")
        workshop.start_gateway()
        edit(workshop.journal, "UPDATE device SET first_seen_ms = first_seen_ms - 1000")
        workshop.await_progress(50)
        workshop.quiesce()
        assert (set_aside(workshop), told(workshop)) == ([], [])
        assert workshop.violations() == []


def edit(journal: Path, sql: str) -> None:
    import sqlite3  # noqa: PLC0415

    connection = sqlite3.connect(journal, timeout=10)
    connection.executescript(sql)
    connection.commit()
    connection.close()


def test_what_a_query_cannot_read_is_a_clear_answer_and_is_looked_into(tmp_path: Path) -> None:
    with Workshop(tmp_path, devices=1) as workshop:
        workshop.broker.start()
        workshop.start_gateway()
        witness = Witness(workshop)
        witness.introduce()
        minute_ms = time.time_ns() // 60_000_000_000 * 60_000 - 600_000
        witness.publish(witness.accept([minute_ms + 200 * at for at in range(300)]))
        eventually(lambda: workshop.get("/delivery")[0]["stored"] == 300, "all is stored")
        assert workshop.stop_gateway() == 0
        workshop.start_gateway()
        flip_letters(workshop.journal, place=0)
        answer = httpx.get(
            f"http://{HOST}:{workshop._api_port}/devices/fan-77/history",
            params={"from": minute_ms, "to": minute_ms + 60_000, "points": 1_000},
            timeout=60,
        )
        assert answer.status_code == 503
        assert "examined" in answer.json()["detail"]
        assert "is no JSON" in await_a_new_journal(workshop)["text"]


def test_an_export_that_breaks_off_says_so(tmp_path: Path) -> None:
    with Workshop(tmp_path, devices=1) as workshop:
        workshop.broker.start()
        workshop.start_gateway(EDGETWIN_BOARD_READINGS_PER_S="10000")
        witness = Witness(workshop)
        witness.introduce()
        now_ms = time.time_ns() // 1_000_000 - 7_000_000
        witness.publish(witness.accept([now_ms + 200 * at for at in range(6_000)]))
        eventually(lambda: workshop.get("/delivery")[0]["stored"] == 6_000, "all is stored")
        assert workshop.stop_gateway() == 0
        workshop.start_gateway()
        content = workshop.journal.read_bytes()
        middle = len(content) // 2 // PAGE * PAGE
        url = f"http://{HOST}:{workshop._api_port}/devices/fan-77/export.csv"
        got = b""
        workshop.orders.hold_at(NEXT_PAGE)
        with (  # noqa: PT012 - what was sent before counts
            pytest.raises(httpx.RemoteProtocolError),
            httpx.stream("GET", url, timeout=60) as answer,
        ):
            assert answer.status_code == 200
            eventually(lambda: workshop.orders.is_held_at(NEXT_PAGE), "it is under way")
            with workshop.journal.open("r+b") as file:
                file.seek(middle)
                file.write(os.urandom(len(content) - middle))
            workshop.orders.release(NEXT_PAGE)
            for chunk in answer.iter_raw():
                got += chunk
        assert got.splitlines()[-1].startswith(b"# INCOMPLETE: ")
