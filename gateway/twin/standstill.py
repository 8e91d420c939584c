"""A device's newest values in, whether the machine stands still out: its type's ``stopped``. Pure.

Whether it was meant to run nobody tells: one whose supply has failed reads as stopped as well.
"""

from collections.abc import Mapping

from contract.assets.words import Asset
from contract.messages import Value
from gateway.twin.dated import Always, Dated
from gateway.twin.ledger import ledger_of


class Standstill:
    """The condition of one device, at its parameters of now."""

    __slots__ = ("_ledger", "_stopped", "is_known")

    def __init__(self, asset: Asset, params: Dated | None = None) -> None:
        """``is_known``: the type says when its machines are stopped."""
        self.is_known = bool(asset.stopped)
        self._ledger = ledger_of(asset)
        self.follow_params(params or Always({}))

    def follow_params(self, params: Dated) -> None:
        """Parameters have become others."""
        self._stopped = self._ledger.functions_at(params.now()).stopped

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Whether it stands still; not where a value that it takes to tell is unknown."""
        return self.is_known and bool(self._stopped(self._ledger.row(values)))
