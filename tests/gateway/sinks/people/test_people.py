"""Alarms of a real journal to a real mail server and a web hook, each told once."""

from pathlib import Path

import pytest

from contract.errors import NotFound
from gateway.journal import Journal
from tests.gateway.sinks.keeper import Keeper, now_ms
from tests.gateway.sinks.people.office import MINUTE_MS, ROUTES, Hook, MailServer, Post, targets


def test_what_happened_while_the_mail_server_was_away_is_told_once_when_it_is_back(
    post: Post, mail: MailServer
) -> None:
    post.file.write_text(targets(office=mail.address) + ROUTES)
    follower = post.start()
    began_ms = now_ms() - 12 * MINUTE_MS
    post.keeper.put_alarm(raised_ms=began_ms, name="a")
    post.wait(lambda: follower.status().status == "down")
    assert "office: " in post.said
    assert "example.org" not in post.said
    assert follower.status().behind == 1
    post.restart()
    post.keeper.put_alarm(raised_ms=began_ms, cleared_ms=began_ms + 12 * MINUTE_MS, name="a")
    mail.start()
    post.wait(lambda: bool(mail.mails) and post.settled())
    post.restart()
    post.keeper.put_alarm(raised_ms=now_ms(), name="b", severity="Critical")
    post.wait(lambda: "Critical" in mail.mails[-1] and post.settled())
    everything = "\n".join(mail.mails)
    assert everything.count("over after 12 min") == 1
    assert everything.count("Extractor (fan-01), hall 2") == len(mail.mails)
    assert "Critical: It is hot." in mail.mails[-1]
    post.wait(lambda: post.follower is not None and post.follower.status().status == "ok")


def test_one_target_that_is_away_holds_up_no_other(
    post: Post, mail: MailServer, hook: Hook
) -> None:
    address, told = hook.address, hook.titles
    both = ROUTES.replace('"office"', '"office", "mes"')
    post.file.write_text(targets(office=mail.address, mes=address) + both)
    post.start()
    post.keeper.put_alarm(raised_ms=now_ms(), name="a")
    post.wait(lambda: "office: " in post.said and bool(told))
    post.keeper.put_alarm(raised_ms=now_ms(), name="b")
    post.wait(lambda: len(told) == 2)
    mail.start()
    post.wait(post.settled)
    assert len(told) == 2
    assert len(mail.mails) == 1  # both alarms in one
    assert "(and 1 more)" in mail.mails[0]


def test_nobody_is_told_of_what_was_before_there_was_a_file(post: Post, hook: Hook) -> None:
    address, told = hook.address, hook.titles
    post.keeper.put_alarm(raised_ms=now_ms(), name="old", severity="Low")
    post.start()
    assert "no people.toml" in post.said
    post.stop()
    post.file.write_text(targets(office=address) + ROUTES)
    post.start()
    post.wait(post.settled)
    post.keeper.put_alarm(raised_ms=now_ms(), name="new", severity="Critical")
    post.wait(lambda: bool(told) and post.settled())
    assert [title.split(":")[0] for title in told] == ["Critical"]


def test_an_alarm_that_is_told_twice_after_a_crash_or_chatters_is_told_once(
    post: Post, hook: Hook
) -> None:
    address, told = hook.address, hook.titles
    post.file.write_text(targets(office=address) + ROUTES)
    post.start()
    began_ms = now_ms()
    for count in (1, 1, 2, 3):
        post.keeper.put_alarm(raised_ms=began_ms, count=count, name="a")
    post.wait(lambda: bool(told) and post.settled())
    post.keeper.put_alarm(raised_ms=began_ms, name="b", severity="Critical")
    post.wait(lambda: any("Critical" in title for title in told) and post.settled())
    assert len([title for title in told if "High" in title]) == 1


def test_a_mistake_in_the_file_is_told_and_what_was_read_before_goes_on(
    post: Post, hook: Hook
) -> None:
    address, told = hook.address, hook.titles
    post.file.write_text(targets(office=address) + ROUTES)
    post.start()
    post.file.write_text("[targets")
    post.wait(lambda: post.said.startswith("people.toml is not TOML"))
    post.keeper.put_alarm(raised_ms=now_ms())
    post.wait(lambda: len(told) == 1)


def test_a_digest_and_what_may_not_wait(post: Post, hook: Hook) -> None:
    address, told = hook.address, hook.titles
    slow = ROUTES + 'digest_min = 60\nat_once = "Critical"\n'
    post.file.write_text(targets(office=address) + slow)
    post.start()
    post.keeper.put_alarm(raised_ms=now_ms(), name="a")
    post.keeper.put_alarm(raised_ms=now_ms(), name="b", severity="Critical")
    post.wait(lambda: len(told) == 1)
    assert told[0].startswith("Critical")
    assert post.follower is not None
    post.wait(lambda: post.follower is not None and post.follower.status().behind == 1)


def test_the_mail_server_is_away_for_longer_than_alarms_are_kept(tmp_path: Path) -> None:
    """What nobody could be told of is dropped in the end, and does not pile up."""
    keeper = Keeper(tmp_path)
    keeper.put_alarm(raised_ms=now_ms() - 100 * MINUTE_MS, cleared_ms=now_ms() - 99 * MINUTE_MS)
    keeper.put_alarm(raised_ms=now_ms(), name="b")
    post = Post(keeper)
    post.write(_prune)
    assert post.rows("SELECT count(*) FROM transition") == [(1,)]
    keeper.close()


def _prune(journal: Journal) -> None:
    journal.prune_history(before_ms=now_ms() - MINUTE_MS, minutes_ms=0, alarms_ms=0)


def test_a_test_arrives_and_what_is_shown_holds_no_address(post: Post, hook: Hook) -> None:
    address, told = hook.address, hook.titles
    post.file.write_text(targets(office=address) + ROUTES)
    post.start()
    assert post.people is not None
    post.people.test("office")
    assert told == ["Test: alarms reach you"]
    with pytest.raises(NotFound, match="no target 'boss'"):
        post.people.test("boss")
    [shown] = post.people.targets_told()
    assert shown == {"name": "office", "address": "json://…", "failure": None}
    [route] = post.people.routes_told(["fan-01"])
    assert (route["name"], route["doubt"]) == ("all", None)
