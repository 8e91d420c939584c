"""Named points in a running gateway at which a test lets it die, or holds it for a while.

An order is a file of the point's name; the gateway looks for it each time it comes by. Only the
launcher puts these points in: the product knows nothing of them.
"""

import asyncio
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import apsw

from gateway.api.export import Pages
from gateway.ingest.disk_pace import DiskPace
from gateway.journal import Journal, Row
from gateway.mqtt.broker import Batch, Broker
from gateway.mqtt.publisher import Publisher
from gateway.twin.fleet import Device, Epoch

NEXT_PAGE = "next_page"  # of an export, but for the first
POINTS = ("before_commit", "after_commit", "after_puback", "after_ack")
_KILL, _HOLD = "kill", "hold"
_SENT_S = 0.05  # what was written has then left the process


class Orders:
    """The test's side and the gateway's side of one directory of orders."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    # ------------------------------------------------------------ the test's side

    def kill_at(self, point: str) -> None:
        """Let the gateway die the next time it comes to ``point``."""
        self._give(point, _KILL)

    def hold_at(self, point: str) -> None:
        """Let it stand still at ``point`` until ``release``."""
        self._give(point, _HOLD)

    def _give(self, point: str, order: str) -> None:
        draft = self._directory / f"{point}.draft"
        draft.write_text(order)
        draft.rename(self._directory / point)

    def is_held_at(self, point: str) -> bool:
        return (self._directory / f"{point}.held").exists()

    def let_one_pass(self, point: str) -> None:
        """Let what stands still at ``point`` go on, and hold what comes after it."""
        (self._directory / f"{point}.pass").touch()

    def release(self, point: str) -> None:
        (self._directory / point).unlink(missing_ok=True)

    # ------------------------------------------------------------ the gateway's side

    def is_ordered(self, point: str) -> bool:
        """Whether there is an order for ``point``."""
        return (self._directory / point).exists()

    def reach(self, point: str) -> None:
        """Carry out the order for ``point``, if there is one."""
        path = self._directory / point
        try:
            order = path.read_text()
        except FileNotFoundError:
            return
        if order == _KILL:
            path.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        held = self._directory / f"{point}.held"
        held.touch()
        while path.exists() and not self._may_pass(point):
            time.sleep(0.01)
        held.unlink()

    def _may_pass(self, point: str) -> bool:
        try:
            (self._directory / f"{point}.pass").unlink()
        except FileNotFoundError:
            return False
        return True


def install(orders: Orders) -> None:
    """Put the points into this process's gateway."""
    _around_commit(orders)
    _after_puback(orders)
    _after_ack(orders)
    _before_next_page(orders)


def _around_commit(orders: Orders) -> None:
    add, commit = Journal.add_items, Journal.commit
    staged: list[bool] = []  # whether the open transaction brings readings

    def add_items(self: Journal, rows: list[Row]) -> Any:
        staged[:] = [bool(rows)]
        return add(self, rows)

    def commit_and_tell(self: Journal) -> None:
        has_readings, staged[:] = bool(staged and staged[0]), []
        if has_readings:
            orders.reach("before_commit")
        commit(self)
        if has_readings:
            orders.reach("after_commit")

    Journal.add_items = add_items  # type: ignore[method-assign,assignment]
    Journal.commit = commit_and_tell  # type: ignore[method-assign]
    _let_a_held_commit_hold_nothing_else(orders)


def _let_a_held_commit_hold_nothing_else(orders: Orders) -> None:
    """It stands for a slow disk, which the gateway waits for in a thread."""
    is_prompt = DiskPace.is_prompt

    def is_prompt_unless_held(self: DiskPace, *, rows: int, now_s: float) -> bool:
        return not orders.is_ordered("before_commit") and is_prompt(self, rows=rows, now_s=now_s)

    DiskPace.is_prompt = is_prompt_unless_held  # type: ignore[method-assign]


def _after_puback(orders: Orders) -> None:
    acknowledge = Broker.acknowledge

    async def acknowledge_and_tell(self: Broker, batch: Batch) -> None:
        await acknowledge(self, batch)
        if orders.is_ordered("after_puback"):
            await asyncio.sleep(_SENT_S)
            orders.reach("after_puback")

    Broker.acknowledge = acknowledge_and_tell  # type: ignore[method-assign]


def _after_ack(orders: Orders) -> None:
    post_acks = Publisher._post_acks

    async def post_and_tell(self: Publisher, marks: Mapping[int, tuple[Device, Epoch]]) -> None:
        waiting = len(self._acks)
        await post_acks(self, marks)
        if len(self._acks) < waiting and orders.is_ordered("after_ack"):
            await asyncio.sleep(_SENT_S)
            orders.reach("after_ack")

    Publisher._post_acks = post_and_tell  # type: ignore[method-assign]


def _before_next_page(orders: Orders) -> None:
    read = Pages.read

    def read_when_told(self: Pages, connection: apsw.Connection) -> str:
        if self.rows:
            orders.reach(NEXT_PAGE)
        return read(self, connection)

    Pages.read = read_when_told  # type: ignore[method-assign]
