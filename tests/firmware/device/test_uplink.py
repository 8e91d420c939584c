"""A board that is online sends; one that cannot says why, and leaves its watchdog unfed."""

import asyncio
import itertools
from pathlib import Path
from typing import Any

import pytest

from tests.firmware.device.test_app import Rig, play, seqs
from tests.firmware.device.virtual import VirtualBroker, now_ms, run

_WATCHDOG_MS = 90_000  # firmware/device/esp32.py


def passes_of(rig: Rig) -> dict[str, list[int]]:
    """When each part completes a pass, from now on."""
    passes: dict[str, list[int]] = {"sampler": [], "uplink": []}
    rig.board.alive = lambda part: passes[part].append(now_ms())  # type: ignore[method-assign]
    return passes


def failing(rig: Rig, part: str, method: str, *, times: int = 10**9) -> None:
    """Let ``method`` of the device's ``part`` find no memory, that often."""
    owner = getattr(rig.device, part)
    works = getattr(owner, method)
    left = [times]

    def fail(*arguments: Any) -> Any:
        if not left[0]:
            return works(*arguments)
        left[0] -= 1
        raise MemoryError("memory allocation failed, allocating 2600 bytes")

    setattr(owner, method, fail)


PARTS = [("delivery", "take"), ("delivery", "check"), ("uplink", "_on_message")]


@pytest.mark.parametrize(("part", "method"), PARTS)
def test_whatever_fails_in_a_session_it_is_said_and_the_next_one_sends(
    tmp_path: Path, part: str, method: str
) -> None:
    async def once(rig: Rig) -> None:
        await asyncio.sleep(3)
        failing(rig, part, method, times=1)
        await asyncio.sleep(10)
        assert len(rig.broker.sessions) == 2
        assert any("memory allocation failed" in said for said in rig.board.said)

    rig = play(tmp_path, once)
    assert seqs(rig)[:60] == list(range(1, 61))
    assert rig.broker.gaps == 0


def test_a_board_that_never_gets_to_send_is_left_to_its_watchdog(tmp_path: Path) -> None:
    async def mute(rig: Rig) -> None:
        await asyncio.sleep(3)
        failing(rig, "delivery", "take")
        await asyncio.sleep(1)
        passes = passes_of(rig)
        await asyncio.sleep(_WATCHDOG_MS / 1000)
        assert len(passes["sampler"]) > 400
        assert passes["uplink"] == []
        assert len([said for said in rig.board.said if "memory" in said]) < 30

    play(tmp_path, mute)


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["up", "gateway_up", "nothing"])
def test_nothing_out_there_lets_the_watchdog_restart_a_board_that_works(
    tmp_path: Path, trouble: str
) -> None:
    async def away(rig: Rig) -> None:
        passes = passes_of(rig)
        await asyncio.sleep(5)
        setattr(rig.broker, trouble, False)
        if trouble == "up":
            rig.broker.cut()
        await asyncio.sleep(600)
        times_ms = [0, *passes["uplink"], now_ms()]
        assert max(b - a for a, b in itertools.pairwise(times_ms)) < 20_000

    play(tmp_path, away)


def test_a_certificate_that_is_not_trusted_is_said_and_restarts_nothing(tmp_path: Path) -> None:
    async def distrust() -> Any:
        await asyncio.sleep(0)
        raise ValueError("invalid cert")  # MicroPython's mbedTLS

    async def away(rig: Rig) -> None:
        rig.broker.accept = distrust  # type: ignore[method-assign]
        rig.broker.cut()
        passes = passes_of(rig)
        await asyncio.sleep(_WATCHDOG_MS / 1000)
        assert len(passes["uplink"]) > 10
        assert "not connected: TLS: invalid cert" in rig.board.said

    play(tmp_path, away)


def test_what_goes_on_beside_the_device_ends_the_program_when_it_ends(tmp_path: Path) -> None:
    closed = []

    async def lamp() -> None:
        await asyncio.sleep(5)
        raise RuntimeError("no such colour")

    async def radio() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            closed.append(now_ms())

    async def main() -> None:
        rig = Rig(tmp_path, VirtualBroker())
        with pytest.raises(RuntimeError, match="no such colour"):
            await rig.device.run(beside=(radio(), lamp()))
        await asyncio.sleep(0)
        assert closed == [5000]
        assert rig.device.spool.last_seq >= 20

    run(main())
