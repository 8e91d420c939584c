"""A mail server and a web hook that can go away, and followers of one journal that tell them."""

import email
import json
import threading
import time
from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from contract.site_time import SiteTime
from gateway import build
from gateway.journal import Journal
from gateway.journal.reader import follower_cursor
from gateway.sinks.follower import Follower
from gateway.sinks.people.house import House
from gateway.sinks.people.routing import Machine
from gateway.sinks.people.sink import People
from tests.gateway.sinks.keeper import Keeper, end, now_ms
from tests.mosquitto import free_port

PATIENCE_S = 30.0
MINUTE_MS = 60_000
DAY_MS = 86_400_000
ROUTES = '[[route]]\nname = "all"\ntell = ["office"]\n'


class MailServer:
    """A real SMTP server that can go away and come back at the same port.

    Attributes:
        mails: subject and text of each that has come.
        keys: the Message-ID of each.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.mails: list[str] = []
        self.keys: list[str] = []
        self._running: Controller | None = None

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        mail = email.message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert isinstance(mail, EmailMessage)
        text = mail.get_body(("plain",))
        assert text is not None
        self.mails.append(f"{mail['subject']}\n{text.get_content()}")
        self.keys += mail.get_all("Message-ID", [])
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


class Hook:
    """A web hook.

    Attributes:
        titles, bodies, keys: of what it was told.
        open: it answers; while it is not set, what was told waits for its answer.
    """

    def __init__(self) -> None:
        self.titles: list[str] = []
        self.bodies: list[str] = []
        self.keys: list[str | None] = []
        self.open = threading.Event()
        self.open.set()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                hook.titles.append(body["title"])
                hook.bodies.append(body["message"])
                hook.keys.append(self.headers["Idempotency-Key"])
                hook.open.wait(PATIENCE_S)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing to standard error."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self._server.server_port}/alarms"

    def stop(self) -> None:
        self.open.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Post:
    """Followers of one journal that tell people, one after the other.

    Attributes:
        ahead_ms: how far the gateway's clock is ahead of this test's.
    """

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self.file = keeper.data_dir / "people.toml"
        self.follower: Follower | None = None
        self.people: People | None = None
        self.ahead_ms = 0

    def now_ms(self) -> int:
        return now_ms() + self.ahead_ms

    def write(self, work: Callable[[Journal], None]) -> None:
        with self.keeper._lock:
            self.keeper.journal.begin()
            work(self.keeper.journal)
            self.keeper.journal.commit()

    def start(self) -> Follower:
        house = House(
            write=self.write,
            machine=lambda _: Machine("Extractor", "hall 2"),
            title=build.title,
            advice=lambda _: "",
            site=SiteTime("Europe/London"),
            now_ms=self.now_ms,
            keep_ms=DAY_MS,
        )
        self.people = People(self.keeper.data_dir, house, pause=lambda _: 0.1)
        self.follower = Follower(
            self.people,
            journal_path=self.keeper.path,
            set_cursor=self.keeper.set_cursor,
            quarantine=self.keeper.quarantine,
            suspect=lambda: None,
            condemn=lambda _: None,
            now_ms=self.now_ms,
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

    def is_done(self) -> bool:
        """Everything that has happened was looked at, and is told as far as it is due."""
        [(newest,)] = self.rows("SELECT coalesce(max(id), 0) FROM transition")
        with self.keeper._lock:
            seen = follower_cursor(self.keeper.journal._connection, "people").get("transition", 0)
        waiting = f"SELECT count(*) FROM notice WHERE told_ms IS NULL AND due_ms <= {self.now_ms()}"
        return seen == newest and self.rows(waiting) == [(0,)]

    def wait(self, until: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + PATIENCE_S
        while not until():
            assert time.monotonic() < deadline_s, self.follower and self.follower.status()
            time.sleep(0.02)

    def rows(self, sql: str) -> list[Any]:
        with self.keeper._lock:
            return self.keeper.journal._connection.execute(sql).fetchall()


def targets(**addresses: str) -> str:
    lines = [f'{name} = "{address}"' for name, address in addresses.items()]
    return "\n".join(["[targets]", *lines, ""])
