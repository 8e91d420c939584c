"""What the gateway enters of itself: its starts and stops, changed settings, a lost journal."""

import contextlib
from typing import Final

from contract.errors import Unavailable
from contract.settings import Settings
from gateway.audit.trail import Trail
from hosting.audit.events import What

OURSELVES: Final = "gateway"


class Diary:
    """Keeps ``trail`` from a start to a stop."""

    def __init__(self, trail: Trail, *, settings: Settings, version: str) -> None:
        self._trail = trail
        self._settings = settings
        self._version = version

    def _enter(self, what: What, detail: str = "") -> None:
        self._trail.note(who=OURSELVES, origin=self._settings.host, what=what, detail=detail)

    async def run(self, *, lost: tuple[int, str] | None) -> None:
        """Keep the trail for ever. ``lost``: when a journal was set aside, and how to say it."""
        self._enter(What.GATEWAY_STARTED, f"version {self._version}")
        with contextlib.suppress(Unavailable):  # compared at the next start
            await self._trail.compare_settings(self._settings.model_dump(mode="json"))
        if lost is not None:
            with contextlib.suppress(Unavailable):  # entered at the next start
                await self._enter_lost(*lost)
        await self._trail.run()

    async def _enter_lost(self, time_ms: int, text: str) -> None:
        """Once: it is told of at every start for a day."""
        if not await self._trail.has(What.JOURNAL_SET_ASIDE, since_ms=time_ms):
            self._enter(What.JOURNAL_SET_ASIDE, text)

    async def stop(self) -> None:
        """The last entry."""
        self._enter(What.GATEWAY_STOPPED)
        with contextlib.suppress(Unavailable):  # a full disk: the log has it
            await self._trail.flush()
