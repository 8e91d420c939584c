"""A line a record, the device in front, and no flood of them."""

import asyncio
import logging

import pytest

from gateway.ingest.refusals import INTERVAL_S, MOST_KINDS, RefusalLog
from gateway.journal import Quarantined
from gateway.mqtt.connection import Client
from gateway.mqtt.inbox import Inbox
from hosting.logs import Formatter, configure


def line(text: str, **extra: str) -> str:
    record = logging.makeLogRecord({"msg": text, "levelname": "INFO", "name": "part", **extra})
    return Formatter("%(levelname)s %(name)s %(message)s").format(record)


def test_the_device_stands_in_front() -> None:
    assert line("is here", device="fan-01") == "INFO part device=fan-01 is here"
    assert line("started") == "INFO part started"


def test_a_devices_name_cannot_forge_a_line() -> None:
    forged = line("refused", device="x\n2026 ERROR gateway all is lost")
    assert "\n" not in forged


def test_a_connection_to_the_broker_leaves_the_level_of_its_librarys_log_alone() -> None:
    async def connect() -> None:
        Client(Inbox(asyncio.Event()), hostname="127.0.0.1")

    configure("INFO")
    asyncio.run(connect())
    assert not logging.getLogger("aiomqtt").isEnabledFor(logging.ERROR)


def refused(reason: str = "not_json", device: str = "fan-01") -> Quarantined:
    return Quarantined(0, device, "t", reason, "detail", None, None, b"")  # type: ignore[arg-type]


def test_the_first_of_a_kind_is_told_and_then_a_count_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now_s = [0.0]
    log = RefusalLog(monotonic=lambda: now_s[0])
    for _ in range(1_000):
        log.note(refused())
    log.note(refused("bad_seq"))
    log.note(refused(device="fan-02"))
    assert len(caplog.records) == 3
    now_s[0] = INTERVAL_S
    log.note(refused())
    assert "999 more" in caplog.records[-1].getMessage()
    assert caplog.records[-1].levelname == "WARNING"


def test_names_without_end_fill_no_memory() -> None:
    log = RefusalLog(monotonic=lambda: 0.0)
    logging.disable(logging.WARNING)
    try:
        for number in range(MOST_KINDS * 2 + 10):
            log.note(refused(device=f"d{number}"))
            log.note(refused(device=f"d{number}"))
    finally:
        logging.disable(logging.NOTSET)
    assert len(log._told_s) <= MOST_KINDS
    assert len(log._untold) <= MOST_KINDS
