"""Minutes in, what they came to out: each at the prices of its time. Pure.

So a figure of all of a machine's life, as its cost, keeps the bills of the past whatever a kWh
costs now.
"""

import math

from contract.language.sums import Sums
from contract.messages import Minute
from gateway.twin.dated import Dated
from gateway.twin.ledger import Ledger, Valued


class Bills:
    """Of one device; of those figures of its type that ``Ledger.billed`` names."""

    __slots__ = ("_ledger", "_params", "amounts")

    def __init__(self, ledger: Ledger, params: Dated) -> None:
        self._ledger = ledger
        self._params = params
        self.amounts = dict.fromkeys(ledger.billed, 0.0)  # of closed minutes

    def add(self, valued: Valued | None) -> None:
        """One more minute has closed, and was worth this."""
        if valued is not None:
            self.amounts |= self.with_(valued)

    def with_(self, valued: Valued) -> dict[str, float]:
        """The bills, were this added."""
        amounts = self.amounts
        return {
            name: amounts[name] + (more if more == more else 0.0)  # noqa: PLR0124  NaN
            for name, more in zip(self._ledger.billed, valued.bills, strict=True)
        }

    def replace(self, *, new: Minute, old: Minute | None) -> None:
        """A minute was restated."""
        more = self._valued(new).bills
        before = (0.0,) * len(more)
        if old is not None:
            before = self._valued(old).bills
            if old.program == self._ledger.program.id:
                before = tuple(0.0 if math.isnan(was) else was for was in before)
        for name, now, was in zip(self._ledger.billed, more, before, strict=True):
            change = (0.0 if math.isnan(now) else now) - was
            if math.isfinite(change):  # else another program did not know, and the bill stays
                self.amounts[name] += change

    def _valued(self, minute: Minute) -> Valued:
        functions = self._ledger.functions_at(self._params.at(minute.start_ms))
        return self._ledger.valued(self._ledger.sums(minute), functions)

    def restore(self, amounts: dict[str, float], whole: Sums) -> None:
        """What older snapshots do not say is billed at the prices of now, as it was shown."""
        self.amounts = amounts
        functions = self._ledger.functions_at(self._params.now())
        valued = self._ledger.valued(whole, functions)
        for name, amount in zip(self._ledger.billed, valued.bills, strict=True):
            amounts.setdefault(name, amount if math.isfinite(amount) else 0.0)
