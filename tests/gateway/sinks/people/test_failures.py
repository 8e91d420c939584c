"""What fails is kept over a restart, what expires is counted, what is unsure goes as the same."""

import pytest

from gateway.api.queries import notifications
from gateway.journal import Journal
from tests.gateway.sinks.keeper import now_ms
from tests.gateway.sinks.people.office import DAY_MS, ROUTES, Hook, MailServer, Post, targets


def test_the_last_failure_is_known_after_a_restart_and_after_it_was_mended(
    post: Post, mail: MailServer
) -> None:
    post.file.write_text(targets(office=mail.address) + ROUTES)
    post.start()
    post.keeper.put_alarm(raised_ms=now_ms())
    post.wait(lambda: "office: " in post.said)
    since = "SELECT failing_since_ms FROM target"
    [(since_ms,)] = post.rows(since)
    post.stop()
    post.keeper.put_alarm(raised_ms=now_ms() - 1, name="b")
    post.start()
    assert post.people is not None
    assert post.people.targets_told()[0]["failure"]
    post.wait(lambda: post.rows("SELECT failed_ms > failing_since_ms FROM target") == [(1,)])
    assert post.rows(since) == [(since_ms,)]
    mail.start()
    post.wait(post.settled)
    known = notifications.targets(post.keeper.journal._connection)["office"]
    assert known.failing_since_ms is None
    assert known.last_failure
    assert post.people.targets_told()[0]["failure"] is None


def test_what_could_not_be_told_in_time_is_dropped_and_counted(
    post: Post, mail: MailServer
) -> None:
    post.file.write_text(targets(office=mail.address) + ROUTES)
    post.start()
    for name in ("a", "b"):
        post.keeper.put_alarm(raised_ms=now_ms(), name=name)
    post.wait(lambda: post.rows("SELECT count(*) FROM notice") == [(2,)])
    post.ahead_ms = DAY_MS + 60_000
    post.wait(lambda: post.rows("SELECT count(*) FROM notice") == [(0,)])
    known = notifications.targets(post.keeper.journal._connection)["office"]
    assert known.expired == 2
    assert known.expired_ms is not None
    assert known.waiting == 0
    mail.start()
    post.keeper.put_alarm(raised_ms=post.now_ms(), name="c", severity="Critical")
    post.wait(lambda: bool(mail.mails) and post.settled())
    assert [text.split(":")[0] for text in mail.mails] == ["Critical"]


def test_a_message_whose_fate_is_not_known_is_the_same_when_it_goes_again(
    post: Post, mail: MailServer
) -> None:
    """As after a kill between the server's 250 and our mark."""
    post.file.write_text(targets(office=mail.address) + ROUTES)
    mail.start()
    post.start()
    post.keeper.put_alarm(raised_ms=now_ms(), name="a")
    post.wait(lambda: bool(mail.mails) and post.settled())
    post.stop()
    post.write(_unmark)
    post.keeper.put_alarm(raised_ms=now_ms(), name="b", severity="Critical")
    post.start()
    post.wait(lambda: len(mail.mails) == 3 and post.settled())
    assert mail.mails[0] == mail.mails[1]
    assert mail.keys[0] == mail.keys[1]
    assert len({*mail.keys}) == 2
    assert len(mail.keys) == 3


def _unmark(journal: Journal) -> None:
    journal.notices._run("UPDATE notice SET told_ms = NULL", ())


def test_a_web_hook_is_told_which_message_it_is(post: Post, hook: Hook) -> None:
    post.file.write_text(targets(office=hook.address) + ROUTES)
    post.start()
    for name in ("a", "b"):
        post.keeper.put_alarm(raised_ms=now_ms(), name=name)
        post.wait(post.is_done)
    [(first,), (second,)] = post.rows("SELECT message FROM notice ORDER BY id")
    assert hook.keys == [first, second]


@pytest.mark.parametrize("text", ["[targets", '[targets]\nx = "json://s3cret"\n'])
def test_a_mistake_in_a_file_that_was_never_right_is_said(post: Post, text: str) -> None:
    post.file.write_text(text)
    follower = post.start()
    assert follower.status().status == "down"
    assert post.said.startswith("people.toml")
    assert "s3cret" not in post.said
