"""Whether the journal can be written: for ``/health``, and as an alarm of the gateway itself."""

import logging
from collections.abc import Callable
from typing import Final

import msgspec

from contract import topics
from contract.errors import Damaged, StorageFull, Unavailable
from contract.messages import Alarm, DependencyStatus
from gateway.journal.ballast import Ballast

log = logging.getLogger(__name__)

ALARM_NAME: Final = "journal_not_writable"
ADVICE: Final = "Nothing is acknowledged meanwhile and devices keep their readings: make room."


class DiskAlarm:
    """Told of each commit that failed and of the first that succeeds again.

    The alarm stays up while the ballast that made room is not back: the disk is as good as full.
    ``told`` is called when the alarm is raised and when it is cleared.
    """

    def __init__(
        self, *, ballast: Ballast, told: Callable[[Alarm], None], now_ms: Callable[[], int]
    ) -> None:
        self._ballast = ballast
        self._told = told
        self._now_ms = now_ms
        self._alarm: Alarm | None = None
        self.status = DependencyStatus(status="ok", detail="writable", since_ms=now_ms())

    def failed(self, error: Unavailable) -> None:
        """A transaction could not be made durable; give the disk what room there is to give."""
        if isinstance(error, StorageFull):
            self._ballast.drop()
        if self.status.status == "ok":
            log.error("journal: %s", error)
        self.status = DependencyStatus("down", str(error), self._since_ms("down"))
        self._raise(f"{error} {ADVICE}")

    def condemn(self, damage: Damaged) -> None:
        """Nothing will be written any more; the gateway's next start tells of it for a day."""
        log.error("journal: %s", damage)
        self.status = DependencyStatus("down", str(damage), self._now_ms())

    def succeeded(self) -> None:
        """A transaction is durable."""
        if self.status.status != "ok":
            log.info("journal: writable again")
            self.status = DependencyStatus("ok", "writable", self._now_ms())
        self.look_again()

    def look_again(self) -> None:
        """Clear the alarm once all is as it was."""
        alarm = self._alarm
        if alarm is not None and self.status.status == "ok" and not self._ballast.is_spent:
            self._alarm = None
            self._told(msgspec.structs.replace(alarm, cleared_ms=self._now_ms()))

    def _since_ms(self, status: str) -> int:
        return self.status.since_ms if self.status.status == status else self._now_ms()

    def _raise(self, text: str) -> None:
        if self._alarm is None:
            self._alarm = Alarm(
                0, topics.GATEWAY, ALARM_NAME, "system", "Critical", text, self._now_ms()
            )
            self._told(self._alarm)
