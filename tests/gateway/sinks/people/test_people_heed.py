"""What people say of alarms changes who is told: shelves, words taken back, escalation."""

from typing import Any

from gateway.journal.rows import Cause
from tests.gateway.sinks.keeper import now_ms
from tests.gateway.sinks.people.office import MINUTE_MS, ROUTES, Hook, Post, targets

PATIENT = 'escalate_after_min = 15\nescalate_to = ["boss"]\n'


def test_an_alarm_on_the_shelf_is_told_when_its_time_is_over_and_it_still_stands(
    post: Post, hook: Hook
) -> None:
    post.file.write_text(targets(office=hook.address) + ROUTES)
    post.start()
    began_ms, until_ms = now_ms(), now_ms() + 60 * MINUTE_MS
    shelf: dict[str, Any] = {"shelved_until_ms": until_ms, "shelved_by": "Sam"}
    post.keeper.put_alarm(raised_ms=began_ms, name="a", word_ms=began_ms, **shelf)
    post.keeper.put_alarm(raised_ms=began_ms, name="b", word_ms=began_ms, **shelf)
    post.wait(post.is_done)
    assert hook.titles == []
    post.ahead_ms = 61 * MINUTE_MS
    post.keeper.put_alarm(raised_ms=began_ms, name="a", word_ms=until_ms + 1)
    post.keeper.put_alarm(raised_ms=began_ms, name="b", cleared_ms=until_ms - 1)
    post.wait(post.is_done)
    assert hook.titles == ["Off the shelf, High: Extractor (fan-01): A"]
    assert "its time on the shelf is over and it still stands" in hook.bodies[0]


def test_nobody_is_told_of_evidence_but_with_its_alarm_nor_of_what_maintenance_suppresses(
    post: Post, hook: Hook
) -> None:
    began_ms = now_ms()
    post.file.write_text(targets(office=hook.address) + ROUTES)
    post.start()
    quiet: dict[str, Any] = {"suppressed_ms": began_ms, "suppressed_by": "Belt (Sam)"}
    post.keeper.put_alarm(raised_ms=began_ms, name="q", word_ms=began_ms, **quiet)
    post.keeper.put_alarm(raised_ms=began_ms, name="a", word_ms=began_ms, **quiet)
    part = Cause(lead=("a", began_ms))
    post.keeper.put_alarm(raised_ms=began_ms + 1, name="b", text="Current 2.9 A.", cause=part)
    post.keeper.put_alarm(raised_ms=began_ms, name="q", cleared_ms=began_ms + 2)
    post.wait(post.is_done)
    assert hook.titles == []
    post.keeper.put_alarm(raised_ms=began_ms, name="a", word_ms=began_ms + 3)  # it is over
    post.wait(lambda: len(hook.titles) == 1 and post.is_done())
    assert "Also found: High: Current 2.9 A." in hook.bodies[0].splitlines()


def test_what_waits_to_be_told_and_goes_on_the_shelf_waits_no_more(post: Post, hook: Hook) -> None:
    slow = ROUTES + 'digest_min = 60\nat_once = "Critical"\n'
    post.file.write_text(targets(office=hook.address) + slow)
    post.start()
    began_ms = now_ms()
    post.keeper.put_alarm(raised_ms=began_ms, name="a")
    post.wait(lambda: post.rows("SELECT count(*) FROM notice") == [(1,)])
    post.keeper.put_alarm(
        raised_ms=began_ms,
        name="a",
        word_ms=began_ms + 1,
        shelved_until_ms=began_ms + 90 * MINUTE_MS,
    )
    post.wait(lambda: post.rows("SELECT count(*) FROM notice") == [(0,)])


def test_an_acknowledgement_taken_back_is_told_where_it_was_told(post: Post, hook: Hook) -> None:
    post.file.write_text(targets(office=hook.address) + ROUTES + "acknowledged = true\n")
    post.start()
    began_ms = now_ms()
    post.keeper.put_alarm(raised_ms=began_ms)
    post.wait(lambda: len(hook.titles) == 1)
    post.keeper.put_alarm(raised_ms=began_ms, by="Sam", word_ms=began_ms + 1)
    post.wait(lambda: len(hook.titles) == 2)
    for _ in range(2):  # told twice after a crash, it happens once
        post.keeper.put_alarm(raised_ms=began_ms, word_ms=began_ms + 2)
    post.wait(lambda: len(hook.titles) == 3 and post.is_done())
    assert "acknowledged by Sam" in hook.bodies[1]
    assert "Sam's acknowledgement was taken back: nobody sees to it" in hook.bodies[2]


def test_what_is_told_late_names_who_has_acknowledged_meanwhile(post: Post, hook: Hook) -> None:
    post.file.write_text(targets(office=hook.address) + ROUTES + "digest_min = 30\n")
    post.start()
    began_ms = now_ms()
    post.keeper.put_alarm(raised_ms=began_ms)
    post.keeper.put_alarm(raised_ms=began_ms, by="Sam", word_ms=began_ms + 1)
    post.wait(lambda: post.rows("SELECT count(*) FROM notice") == [(1,)])
    post.ahead_ms = 31 * MINUTE_MS
    post.wait(lambda: len(hook.bodies) == 1)
    assert "acknowledged by Sam meanwhile" in hook.bodies[0]


def test_one_that_got_graver_than_what_somebody_has_seen_is_told_by_its_cause(
    post: Post, hook: Hook
) -> None:
    post.file.write_text(targets(office=hook.address, boss=hook.address) + ROUTES + PATIENT)
    post.start()
    began_ms = now_ms()
    post.keeper.put_alarm(raised_ms=began_ms, severity="Medium")
    post.keeper.put_alarm(raised_ms=began_ms, severity="Medium", by="Sam", word_ms=began_ms + 1)
    post.wait(lambda: len(hook.titles) == 1 and post.is_done())
    graver = Cause(graver_ms=began_ms + 2, changed_ms=began_ms + 2)
    for _ in range(2):  # told twice after a crash, it happens once
        post.keeper.put_alarm(
            raised_ms=began_ms,
            text="Overcurrent.",
            word_ms=began_ms + 2,
            cause=graver,
            said_of="fault_overcurrent",
        )
    post.wait(lambda: len(hook.titles) == 2 and post.is_done())
    assert hook.titles[1] == "Graver, High: Extractor (fan-01): Overcurrent Fault"
    assert "Sam's word was of what it was before" in hook.bodies[1]
    later = f"SELECT count(*) FROM escalation WHERE done_ms IS NULL AND due_ms > {began_ms}"
    assert post.rows(later) == [(1,)]


def test_what_is_ended_by_another_thing_is_not_said_to_be_over(post: Post, hook: Hook) -> None:
    post.file.write_text(targets(office=hook.address) + ROUTES)
    post.start()
    began_ms, why = now_ms(), "The machine was retired by Sam."
    post.keeper.put_alarm(raised_ms=began_ms)
    post.wait(lambda: len(hook.titles) == 1)
    post.keeper.put_alarm(raised_ms=began_ms, cleared_ms=began_ms + 1, over=why)
    post.wait(lambda: len(hook.titles) == 2)
    assert hook.titles[1] == "Closed: Extractor (fan-01): Temperature high"
    assert why in hook.bodies[1]


def test_what_nobody_acknowledges_is_told_to_others_once_also_after_a_restart(
    post: Post, hook: Hook
) -> None:
    where = targets(office="json://127.0.0.1:9/", boss=hook.address)
    post.file.write_text(where + ROUTES + PATIENT)
    post.start()
    began_ms = now_ms()
    post.keeper.put_alarm(raised_ms=began_ms, name="a")
    post.keeper.put_alarm(raised_ms=began_ms, name="seen")
    post.keeper.put_alarm(raised_ms=began_ms, name="seen", by="Sam", word_ms=began_ms + 1)
    post.keeper.put_alarm(raised_ms=began_ms, name="over", cleared_ms=began_ms + 1)
    post.keeper.put_alarm(
        raised_ms=began_ms,
        name="shelf",
        word_ms=began_ms,
        shelved_until_ms=began_ms + 60 * MINUTE_MS,
    )
    post.wait(lambda: post.rows("SELECT count(*) FROM escalation") == [(3,)])
    post.stop()
    assert hook.titles == []
    post.ahead_ms = 16 * MINUTE_MS
    post.start()
    post.wait(lambda: bool(hook.titles))
    assert hook.titles == ["Not acknowledged, High: Extractor (fan-01): A"]
    assert "nobody has acknowledged it, so you are told" in hook.bodies[0]
    post.restart()
    post.keeper.put_alarm(raised_ms=began_ms, name="a", count=2)
    post.keeper.put_alarm(raised_ms=began_ms, name="seen", word_ms=began_ms + 2)
    anew = f"SELECT count(*) FROM escalation WHERE due_ms > {began_ms + 20 * MINUTE_MS}"
    post.wait(lambda: post.rows(anew) == [(1,)])
    post.ahead_ms = 33 * MINUTE_MS  # the acknowledgement was taken back: it waits anew
    post.wait(lambda: len(hook.titles) == 2)
    post.keeper.put_alarm(raised_ms=began_ms, name="a", count=2, cleared_ms=began_ms + 3)
    post.wait(lambda: len(hook.titles) == 3)
    assert [title.split(",")[0].split(":")[0] for title in hook.titles] == [
        "Not acknowledged", "Not acknowledged", "Over",
    ]  # fmt: skip


def test_a_route_that_is_gone_tells_nobody_else(post: Post, hook: Hook) -> None:
    where = targets(office=hook.address, boss=hook.address)
    post.file.write_text(where + ROUTES + PATIENT)
    post.start()
    post.keeper.put_alarm(raised_ms=now_ms(), name="a")
    post.wait(post.is_done)
    post.file.write_text(where + ROUTES)
    post.ahead_ms = 16 * MINUTE_MS
    post.wait(lambda: post.rows("SELECT count(*) FROM escalation WHERE done_ms IS NULL") == [(0,)])
    post.wait(post.is_done)
    assert hook.titles == ["High: Extractor (fan-01): A"]
