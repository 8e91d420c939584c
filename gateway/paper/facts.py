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

    def is_thin(self, share: float | None) -> bool:
        return share is not None and share < self.holed_below

    def measured(self) -> str:
        """How much of the period was measured, and of whom not all: beside the figures."""
        found = self.report["measured"]
        if not self.machines:
            return "No machine counted in this period."
        of = words.count(len(self.machines), "machine")
        told = f"Measured {words.percent(found['coverage'])} of the time of {of}."
        if not found["with_holes"]:
            return told
        shares = {each["device"]: each["coverage"] for each in self.machines}
        lacking = sorted(found["with_holes"], key=lambda device: shares[device] or 0.0)
        thin = [f"{self.called(each)} {words.percent(shares[each])}" for each in lacking]
        return f"{told} With holes: {words.listing(thin)}."
