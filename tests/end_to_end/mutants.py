"""Five deliberate mistakes, each of which loses readings or counts them, or events, twice.

They show that the checker sees what it is there to see. Installed by the launcher into a process
of a test, and nowhere else.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from contract.messages import Event
from firmware.device.mqtt import Client
from firmware.device.uplink import Uplink
from gateway.ingest.admission import Admission
from gateway.ingest.intake import Intake
from gateway.journal import Journal, schema
from gateway.mqtt.broker import Broker

_REAL_COMMIT_EVERY_S = 60.0


def frees_on_puback() -> None:
    """The device takes the broker's PUBACK for the gateway's word and frees its spool."""
    publish, acknowledged = Client.publish, Uplink._acknowledged
    sent: dict[tuple[int, int], tuple[str, int]] = {}

    def publish_and_note(self: Any, topic: bytes, payload: bytes, *, retain: bool = False) -> int:
        packet_id: int = publish(self, topic, payload, retain=retain)
        if b'"values"' in payload:
            content = json.loads(payload)
            last = content[-1] if isinstance(content, list) else content
            sent[id(self), packet_id] = (last["epoch"], last["seq"])
        return packet_id

    def acknowledged_and_free(self: Any, packet_id: int) -> None:
        mark = sent.pop((id(self._client), packet_id), None)
        if mark is not None:
            self._delivery.acknowledge(*mark, self._board.ticks_ms())
        acknowledged(self, packet_id)

    Client.publish = publish_and_note  # type: ignore[method-assign]
    Uplink._acknowledged = acknowledged_and_free  # type: ignore[method-assign]


def acknowledges_before_commit() -> None:
    """The gateway commits once a minute, and acknowledges as if it had committed."""
    begin, commit = Journal.begin, Journal.commit
    last_s = [time.monotonic()]

    def begin_unless_open(self: Journal, *, lazily: bool = False) -> None:
        if not self._connection.in_transaction:
            begin(self, lazily=lazily)

    def commit_now_and_then(self: Journal) -> None:
        if time.monotonic() - last_s[0] >= _REAL_COMMIT_EVERY_S:
            last_s[0] = time.monotonic()
            commit(self)

    Journal.begin = begin_unless_open  # type: ignore[method-assign]
    Journal.commit = commit_now_and_then  # type: ignore[method-assign]


def counts_repeats() -> None:
    """The journal has no unique key: what comes again is stored and counted again."""
    unique = "UNIQUE(epoch, seq)"
    assert any(unique in migration for migration in schema.MIGRATIONS)
    schema.MIGRATIONS = tuple(  # type: ignore[assignment,misc]
        migration.replace(unique, "CHECK(seq > 0)") for migration in schema.MIGRATIONS
    )


def acknowledges_on_another_connection() -> None:
    """PUBACKs go out on the connection of now, whichever their messages came from."""
    Broker.is_current = lambda self, batch: True  # type: ignore[method-assign]


def counts_an_event_twice() -> None:
    """The gateway folds an event that comes again, though it stores it once."""
    set_aside = Admission.set_repeats_aside

    def set_aside_and_fold(
        self: Admission, intake: Intake, new_ids: set[int], *, now_ms: int
    ) -> None:
        rows = zip(intake.rows, intake.owners, strict=True)
        again = [(row.item, device) for row, device in rows if row.id not in new_ids]
        set_aside(self, intake, new_ids, now_ms=now_ms)
        for item, device in again:
            if isinstance(item, Event):
                device.twin.on_event(item)

    Admission.set_repeats_aside = set_aside_and_fold  # type: ignore[method-assign]


MUTANTS: dict[str, Callable[[], None]] = {
    mutant.__name__: mutant
    for mutant in (
        frees_on_puback,
        acknowledges_before_commit,
        counts_repeats,
        acknowledges_on_another_connection,
        counts_an_event_twice,
    )
}
