"""A report with what all its sections ask: what machines are called, and times of the site."""

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.paper import words
from gateway.paper.fonts import can_show


class Facts:
    """Of one report, as JSON has it."""

    def __init__(self, report: Mapping[str, Any]) -> None:
        self.report = report
        self.times = words.Times(report["time_zone"])
        self.machines: list[dict[str, Any]] = report["machines"]
        self._named = {each["device"]: each["name"] for each in self.machines}

    @property
    def as_of(self) -> Mapping[str, Any] | None:
        """As of which time it is; None: of when it was made."""
        found: Mapping[str, Any] | None = self.report.get("as_of")
        return found

    @property
    def known_ms(self) -> int:
        return int(self.as_of["time_ms"] if self.as_of else self.report["made_ms"])

    def known(self) -> str:
        """As of which time it is, and of what that can be told; empty: of now."""
        if self.as_of is None:
            return ""
        told = (
            f"As known at {self.times.minute(self.known_ms)}, without what came late, was corrected"
            " or deleted since."
        )
        if self.as_of["from_ms"] == self.as_of["to_ms"]:
            return f"{told} {self.as_of['reason']}"
        start, end = (self.times.minute(self.as_of[name]) for name in ("from_ms", "to_ms"))
        return f"{told} Figures are from {start} until {end}. {self.as_of['reason'] or ''}".strip()

    @property
    def currency(self) -> str:
        return str(self.report["currency"])

    @property
    def holed_below(self) -> float:
        return float(self.report["measured"]["holed_below"])

    def called(self, device: str) -> str:
        """Its name; its id where nobody has named it, or the font lacks a letter of the name."""
        name = self._named.get(device) or ""
        return name if name and can_show(name) else device

    def all_called(self, devices: Iterable[str]) -> list[str]:
        return [self.called(device) for device in devices]

    @property
    def not_there(self) -> list[str]:
        """Machines that came later."""
        found: list[str] = self.report["measured"]["not_there"]
        return found

    @property
    def there(self) -> list[dict[str, Any]]:
        return [each for each in self.machines if each["device"] not in self.not_there]

    def since_when(self, machine: Mapping[str, Any]) -> str:
        """From when on one was there that came within the period; empty: all the time."""
        began_ms = machine["began_ms"] or 0
        is_new = began_ms > self.report["period"]["from_ms"]
        return f"since {self.times.minute(began_ms)}" if is_new else ""

    def since(self) -> str:
        """What has changed since of a report as of a time."""
        found = self.report["since"]
        told = [
            f"{words.count(each['minutes'], 'minute')}: {_clause(each['text'])}"
            for each in found["minutes"]
        ]
        if found["params"]:
            set_ = words.count(found["params"], "parameter or price", "parameters or prices")
            told.append(f"{set_} of this time set")
        return f"Since then: {'; '.join(told)}." if told else "Nothing of it has changed since."

    def is_thin(self, share: float | None) -> bool:
        return share is not None and share < self.holed_below

    def measured(self) -> str:
        """How much of the period was measured, and of whom not all: beside the figures."""
        found = self.report["measured"]
        counted = [each for each in self.machines if each["coverage"] is not None]
        of = words.count(len(counted), "machine")
        told = f"Measured {words.percent(found['coverage'])} of the time of {of}."
        if not counted:
            told = "No machine counted in this period."
        if self.not_there:
            told += f" Not there yet: {words.listing(self.all_called(self.not_there))}."
        if not found["with_holes"]:
            return told
        shares = {each["device"]: each["coverage"] for each in self.machines}
        lacking = sorted(found["with_holes"], key=lambda device: shares[device] or 0.0)
        thin = [f"{self.called(each)} {words.percent(shares[each])}" for each in lacking]
        return f"{told} With holes: {words.listing(thin)}."


def _clause(sentence: str) -> str:
    """As it follows a colon."""
    return sentence[:1].lower() + sentence[1:].rstrip(".")
