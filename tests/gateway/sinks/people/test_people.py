"""Alarms of a real journal to a real mail server and a web hook, each told once."""

import email
import json
import threading
import time
from collections.abc import Callable, Iterator
from email import policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from contract.errors import NotFound
from contract.site_time import SiteTime
from gateway.journal import Journal
from gateway.sinks.follower import Follower
from gateway.sinks.people.delivery import House
from gateway.sinks.people.routing import Machine
from gateway.sinks.people.sink import People
from tests.gateway.sinks.keeper import Keeper, end, now_ms
from tests.mosquitto import free_port

PATIENCE_S = 30.0
MINUTE_MS = 60_000
ROUTES = '[[route]]\nname = "all"\ntell = ["office"]\n'


class MailServer:
    """A real SMTP server that can go away and come back at the same port."""

    def __init__(self) -> None:
        self.port = free_port()
        self.mails: list[str] = []
        self._running: Controller | None = None

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        mail = email.message_from_bytes(envelope.original_content or b"", policy=policy.default)
        text = mail.get_body(("plain",))
        assert text is not None
        self.mails.append(f"{mail['subject']}\n{text.get_content()}")
        return "250 taken"

    def start(self) -> None:
        self._running = Controller(self, hostname="127.0.0.1", port=self.port)
        self._running.start()

    def stop(self) -> None:
        if self._running is not None:
            self._running.stop()
            self._running = None

    @property
    def address(self) -> str:
        rest = "from=edgetwin@example.org&to=office@example.org&mode=insecure"
        return f"mailto://127.0.0.1:{self.port}/?{rest}"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.stop()


@pytest.fixture
def hook() -> Iterator[tuple[str, list[str]]]:
    """A web hook's address, and the titles it was told."""
    told: list[str] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.append(json.loads(body)["title"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing to standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"json://127.0.0.1:{server.server_port}/alarms", told
    server.shutdown()
    server.server_close()
    thread.join()


class Post:
    """Followers of one journal that tell people, one after the other."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self.file = keeper.data_dir / "people.toml"
        self.follower: Follower | None = None
        self.people: People | None = None

    def write(self, work: Callable[[Journal], None]) -> None:
        with self.keeper._lock:
            self.keeper.journal.begin()
            work(self.keeper.journal)
            self.keeper.journal.commit()

    def start(self) -> Follower:
        house = House(
            write=self.write,
            machine=lambda _: Machine("Extractor", "hall 2"),
            advice=lambda _: "",
            site=SiteTime("Europe/London"),
            now_ms=now_ms,
            keep_ms=86_400_000,
        )
        self.people = People(self.keeper.data_dir, house, pause=lambda _: 0.1)
        self.follower = Follower(
            self.people,
            journal_path=self.keeper.path,
            set_cursor=self.keeper.set_cursor,
            quarantine=self.keeper.quarantine,
            suspect=lambda: None,
            condemn=lambda _: None,
            now_ms=now_ms,
        )
        self.follower.start()
        self.wait(lambda: self.said != "starting")
        return self.follower

    def restart(self) -> None:
        self.stop()
        self.start()

    def stop(self) -> None:
        if self.follower is not None:
            end(self.follower)
            self.follower = None

    @property
    def said(self) -> str:
        assert self.follower is not None
        return self.follower.status().detail

    def settled(self) -> bool:
        """Everything was told, and is noted as that."""
        assert self.follower is not None
        return self.follower.status().behind == 0

    def wait(self, until: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + PATIENCE_S
        while not until():
            assert time.monotonic() < deadline_s, self.follower and self.follower.status()
            time.sleep(0.02)


@pytest.fixture
def post(keeper: Keeper) -> Iterator[Post]:
    made = Post(keeper)
    yield made
    made.stop()


def targets(**addresses: str) -> str:
    lines = [f'{name} = "{address}"' for name, address in addresses.items()]
    return "\n".join(["[targets]", *lines, ""])


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
    post: Post, mail: MailServer, hook: tuple[str, list[str]]
) -> None:
    address, told = hook
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


def test_nobody_is_told_of_what_was_before_there_was_a_file(
    post: Post, hook: tuple[str, list[str]]
) -> None:
    address, told = hook
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
    post: Post, hook: tuple[str, list[str]]
) -> None:
    address, told = hook
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
    post: Post, hook: tuple[str, list[str]]
) -> None:
    address, told = hook
    post.file.write_text(targets(office=address) + ROUTES)
    post.start()
    post.file.write_text("[targets")
    post.wait(lambda: post.said.startswith("people.toml is not TOML"))
    post.keeper.put_alarm(raised_ms=now_ms())
    post.wait(lambda: len(told) == 1)


def test_a_digest_and_what_may_not_wait(post: Post, hook: tuple[str, list[str]]) -> None:
    address, told = hook
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
    [(left,)] = keeper.journal._connection.execute("SELECT count(*) FROM transition").fetchall()
    assert left == 1
    keeper.close()


def _prune(journal: Journal) -> None:
    journal.prune_history(before_ms=now_ms() - MINUTE_MS)


def test_a_test_arrives_and_what_is_shown_holds_no_address(
    post: Post, hook: tuple[str, list[str]]
) -> None:
    address, told = hook
    post.file.write_text(targets(office=address) + ROUTES)
    post.start()
    assert post.people is not None
    post.people.test("office")
    assert told == ["Test: alarms reach you"]
    with pytest.raises(NotFound, match="no target 'boss'"):
        post.people.test("boss")
    [shown] = post.people.targets_told()
    assert shown == {"name": "office", "address": "json://…", "failure": None}
    assert post.people.routes_told()[0]["name"] == "all"
