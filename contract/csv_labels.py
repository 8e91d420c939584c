"""The names of channels as columns of a CSV: ``temperature [°C]``, as they are shown. Pure."""

from typing import NamedTuple


class Column(NamedTuple):
    """A channel as a column; what two types measure in two units are two columns."""

    name: str
    unit: str

    @property
    def label(self) -> str:
        return self.name if self.unit in ("", "1") else f"{self.name} [{self.unit}]"


def bare(label: str) -> str:
    """The channel's name of a label; of one without a unit as well."""
    name, bracket, _ = label.partition(" [")
    return name if bracket and label.endswith("]") else label
