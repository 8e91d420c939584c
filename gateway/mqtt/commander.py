"""Commands to devices, and their answers matched to who asked."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any, Final

import msgspec

from contract import topics
from contract.errors import Conflict, TimedOut
from contract.messages import Command, Result
from gateway.mqtt.broker import Broker, Outbound
from gateway.twin.fleet import Fleet

ANSWER_TIMEOUT_S: Final = 5.0


class Commander:
    """Sends one command a call and waits for the device's result."""

    def __init__(
        self, *, broker: Broker, fleet: Fleet, site: str, now_ms: Callable[[], int]
    ) -> None:
        self._broker = broker
        self._fleet = fleet
        self._site = site
        self._now_ms = now_ms
        self._waiting: dict[tuple[str, str], asyncio.Future[Result]] = {}

    async def send(self, device_name: str, name: str, args: dict[str, Any]) -> Result:
        """Order ``name`` of a device and return what it answers.

        Raises:
            NotFound: no such device. Conflict: it is offline. TimedOut: no answer within 5 s.
            Unavailable: no broker takes the command.
        """
        device = self._fleet.get(device_name)
        if device.status == "offline":
            raise Conflict(f"{device_name} is offline; send the command again when it is back.")
        command = Command(
            id=uuid.uuid4().hex[:16],
            name=name,
            args=args,
            expires_ms=self._now_ms() + int(ANSWER_TIMEOUT_S * 1000),
        )
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting[device_name, command.id] = answer
        try:
            await self._broker.publish(self._message(device_name, command))
            return await asyncio.wait_for(answer, ANSWER_TIMEOUT_S)
        except TimeoutError:
            detail = f"{device_name} did not answer {name!r} within {ANSWER_TIMEOUT_S:g} s."
            if device.birth is None:
                detail += " It never sent a birth; perhaps it takes no commands."
            raise TimedOut(detail) from None
        finally:
            del self._waiting[device_name, command.id]

    def answer(self, device_name: str, result: Result) -> None:
        """A result came in; nobody may wait for it any more."""
        waiting = self._waiting.get((device_name, result.id))
        if waiting is not None and not waiting.done():
            waiting.set_result(result)

    def _message(self, device_name: str, command: Command) -> Outbound:
        topic = topics.build(site=self._site, device=device_name, kind=topics.COMMAND)
        return Outbound(topic, msgspec.json.encode(command))
