"""Keeps the board connected: greets the broker, sends what is due, passes on what arrives.

      post(), wake()                              on_message
app ─────────────────▶ uplink ──▶ mqtt ──▶ broker ─────────▶ app
      delivery ────────▶
"""

import asyncio

from firmware.device import packets
from firmware.device.mqtt import Client

KEEPALIVE_S = 15
_MOST_UNACKNOWLEDGED = 10  # messages; the broker's PUBACKs pace the rest
_WATCH_S = 0.5
_FIRST_DELAY_S = 1.0
_MOST_DELAY_S = 5.0
_FAREWELL_S = 2.0
_STEADY_MS = 5000  # a connection that lived so long was a good one: start again at the first delay


class Post:
    """A message that is sent until the broker has acknowledged it, over any number of sessions."""

    def __init__(self, topic: bytes, payload: bytes, *, retain: bool) -> None:
        self.topic = topic
        self.payload = payload
        self.retain = retain
        self.packet_id = 0


class Uplink:
    """``site`` holds where to connect to and as whom; ``greet`` returns what to say first.

    ``on_message(kind, payload)`` is called for what arrives on the ``subscriptions``.
    """

    def __init__(self, *, board, site, delivery, subscriptions, greet, on_message):
        self._board = board
        self._site = site
        self._delivery = delivery
        self._greet = greet
        self._on_message = on_message
        self._prefix = site.topic("")
        self._telemetry = site.topic("telemetry").encode()
        self._subscriptions = tuple(site.topic(kind) for kind in subscriptions)
        self._hello = packets.connect(
            client_id=site.device,
            keepalive_s=KEEPALIVE_S,
            username=site.username,
            password=site.password,
            will_topic=site.topic("status"),
            will_payload=b"offline",
        )
        self._posts: list[Post] = []
        self._due = asyncio.Event()
        self._client = None
        self._packet_id = 0
        self._leaving = False
        self._complaint = ""
        self.connections = 0

    @property
    def connected(self) -> bool:
        return self._client is not None

    @property
    def posts_waiting(self) -> int:
        return len(self._posts)

    def post(self, kind: str, payload: bytes, *, retain: bool = False) -> None:
        """Send ``payload`` on the topic of ``kind``; a retained one replaces what still waits."""
        topic = self._site.topic(kind).encode()
        if retain:
            self._posts = [old for old in self._posts if old.topic != topic or old.packet_id]
        self._posts.append(Post(topic, payload, retain=retain))
        self._due.set()

    def wake(self) -> None:
        """There is something in the delivery's window."""
        self._due.set()

    # ------------------------------------------------------------- sessions

    async def run(self) -> None:
        """Connect, and connect again, until the farewell."""
        delay_s = _FIRST_DELAY_S
        while not self._leaving:
            began_ms = self._board.ticks_ms()
            passed = True
            try:
                reason = await self._session()
            except OSError as error:
                reason = str(error)
            except Exception as error:  # noqa: BLE001 - no memory, or a mistake of ours
                reason, passed = repr(error), False  # the watchdog decides how often is too often
            if self._board.ticks_ms() - began_ms >= _STEADY_MS:
                delay_s = _FIRST_DELAY_S
            if self._leaving:
                return
            self._complain(reason)
            if passed:
                self._board.alive("uplink")
            await asyncio.sleep(delay_s * (0.5 + 0.5 * self._board.dice()))
            delay_s = min(delay_s * 2, _MOST_DELAY_S)

    def _complain(self, reason: str) -> None:
        """Once a reason: a broker that stays away must not fill the log."""
        if reason != self._complaint:
            self._board.say("not connected: " + reason)
        self._complaint = reason

    async def _session(self) -> str:
        client = Client(
            board=self._board,
            host=self._site.host,
            port=self._site.port,
            hello=self._hello,
            keepalive_s=KEEPALIVE_S,
            on_message=self._receive,
            on_puback=self._acknowledged,
            last_packet_id=self._packet_id,
        )
        tasks = []
        try:
            await client.connect()
            self._begin(client)
            works = (self._send(client), self._watch(client))
            tasks = [asyncio.create_task(_until_it_ends(client, work)) for work in works]
            await client.end()
            for task in tasks:
                if task.done():
                    await task  # raises what ended it
        finally:
            self._client = None
            self._packet_id = client.last_packet_id
            for task in tasks:
                task.cancel()
            await client.close()
        return client.reason

    def _begin(self, client) -> None:
        self.connections += 1
        self._complaint = ""
        self._board.say("connected to " + self._site.host + ":" + str(self._site.port))
        self._client = client
        client.subscribe(self._subscriptions)
        for post in self._posts:
            post.packet_id = 0
        self._delivery.connected(self._board.ticks_ms())
        self._greet()
        self._due.set()

    async def _send(self, client) -> None:
        try:
            while True:
                await self._due.wait()
                self._due.clear()
                self._pump(client)
                await client.drain()
                self._board.alive("uplink")
        except OSError as error:
            client.abort(str(error))

    def _pump(self, client) -> None:
        now_ms = self._board.ticks_ms()
        while client.in_flight < _MOST_UNACKNOWLEDGED and not client.closed.is_set():
            post = self._next_post()
            if post is not None:
                post.packet_id = client.publish(post.topic, post.payload, retain=post.retain)
                continue
            telemetry = self._delivery.take(now_ms)
            if not telemetry:
                return
            client.publish(self._telemetry, telemetry)

    def _next_post(self):
        for post in self._posts:
            if not post.packet_id:
                return post
        return None

    async def _watch(self, client) -> None:
        while True:
            await asyncio.sleep(_WATCH_S)
            now_ms = self._board.ticks_ms()
            client.check(now_ms)
            self._delivery.check(now_ms)
            self._due.set()

    async def farewell(self) -> None:
        """Say ``offline`` and disconnect, so that the will is not needed. Ends within seconds."""
        self._leaving = True
        client = self._client
        if client is None:
            return
        self.post("status", b"offline", retain=True)
        for _attempt in range(int(_FAREWELL_S / 0.05)):
            if client.closed.is_set() or not self._posts:
                break
            await asyncio.sleep(0.05)
        await client.close(politely=True)

    # ------------------------------------------------------------- what arrives

    def _receive(self, topic: str, payload: bytes) -> None:
        if topic.startswith(self._prefix):
            self._on_message(topic[len(self._prefix) :], payload)

    def _acknowledged(self, packet_id: int) -> None:
        for index, post in enumerate(self._posts):
            if post.packet_id == packet_id:
                del self._posts[index]
                break
        if self._delivery.window_open or self._posts:
            self._due.set()


async def _until_it_ends(client, work) -> None:
    """No part of a session may end unnoticed while the others keep up the appearance."""
    try:
        await work
    finally:
        client.abort("a part of the session ended")
