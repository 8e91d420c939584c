"""The settings a device is to have in, its retained topic ``desired`` out, to each new broker."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from contract import topics
from contract.errors import Unavailable
from gateway.mqtt.broker import Outbound
from gateway.registry.register import Register

_encode: Final = msgspec.json.encode


class DesiredTopics:
    """Publishes what is desired; what no broker takes waits for the next round.

    ``publish`` is with QoS 1, and raises Unavailable where no broker takes it.
    """

    def __init__(
        self,
        *,
        register: Register,
        publish: Callable[[Outbound], Awaitable[None]],
        site: str,
    ) -> None:
        self._register = register
        self._publish = publish
        self._site = site
        self._untold: dict[str, None] = {}
        self.due = asyncio.Event()

    def note(self, device: str) -> None:
        """Something else is desired of this device now."""
        self._untold[device] = None
        self.due.set()

    def forget(self, device: str) -> None:
        """Nothing is desired of it any more."""
        self._untold.pop(device, None)

    def note_all(self) -> None:
        """A (new) broker may have lost everything retained."""
        for device in self._register.devices_with_settings():
            self.note(device)

    async def tell(self) -> None:
        """Tell what is untold, as far as a broker takes it."""
        for device in list(self._untold):
            del self._untold[device]
            try:
                await self._publish(self._message(device))
            except Unavailable:
                self._untold[device] = None
                return

    def _message(self, device: str) -> Outbound:
        settings = self._register.settings(device)
        desired = {name: wanted.value for name, wanted in settings.items()}
        topic = topics.build(site=self._site, device=device, kind=topics.DESIRED)
        return Outbound(topic, _encode(desired), retain=True)
