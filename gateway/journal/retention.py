"""What the journal lets go of, found without looking at what stays.

Every round looks at the oldest rows of an index and stops at the first that is young enough: a
journal of a week is as cheap to keep as an empty one. Each call is bounded in rows, as the
pipeline waits meanwhile.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from gateway.journal import statements
from gateway.journal.diagnoses import Diagnoses
from gateway.journal.formers import Formers

# Ids grow with receipt, and receipt by the clock only where the clock was right. So some rows
# are looked at out of turn each round: a row from a clock that was years ahead keeps none behind
# it for ever.
SWEEP_ROWS: Final = 1_000
HISTORY_ROWS: Final = 5_000
EPOCHS_KEPT: Final = 100  # a device: settled ones beyond that go with their last reading

Run = Callable[[str, Sequence[Any]], list[Any]]


class Retention:
    """Drops rows in the writer's open transaction; ``run`` executes SQL there."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._formers = Formers(run)
        self._diagnoses = Diagnoses(run)
        self._front = 0  # before it, only young rows have been seen
        self._swept = 0  # where the look out of turn goes on
        self._swept_epoch = 0

    # ------------------------------------------------------------------ readings

    def prune(
        self, *, before_ms: int, up_to_id: int, newest_id: int, limit: int, sweep: bool
    ) -> int:
        """Drop at most ``limit`` readings received before ``before_ms``; returns how many went.

        The row ``newest_id`` stays, so that ids never start anew.
        """
        last_id = min(up_to_id, newest_id - 1)
        oldest = self._run(statements.OLDEST_READING, (self._front, last_id))
        if oldest and oldest[0][1] < before_ms:
            window = (self._front, last_id, limit)
            return len(self._run(statements.DROP_READINGS, (*window, before_ms)))
        return self._sweep(before_ms, last_id, limit) if sweep else 0

    def _sweep(self, before_ms: int, last_id: int, limit: int) -> int:
        rows = min(limit, SWEEP_ROWS)
        seen = self._run(statements.READINGS_FROM, (self._swept, last_id, rows))
        if any(received_ms < before_ms for _, received_ms in seen):
            self._front = next(id_ for id_, received_ms in seen if received_ms < before_ms)
            return len(self._run(statements.DROP_READINGS, (self._swept, last_id, rows, before_ms)))
        self._swept = seen[-1][0] + 1 if len(seen) == rows else 0
        return 0

    # ------------------------------------------------------------------ history

    def prune_history(
        self, *, before_ms: int, minutes_ms: int, alarms_ms: int, formers_ms: int | None = None
    ) -> dict[str, int]:
        """Drop old minutes, diagnoses, gaps and cleared alarms, of each a bounded number.

        ``minutes_ms`` is the bound of minutes, ``alarms_ms`` that of alarms: these are kept longer.
        Diagnoses from before ``before_ms`` are joined, and kept as long as alarms.
        ``formers_ms``: of changes of minutes; None: as of minutes.

        Returns how many went, by table.

        The newest of each stays: its id or revision must not be given a second time.
        """
        longer = {"minute": minutes_ms} | dict.fromkeys(
            ("alarm", "anomaly", "diagnosis"), alarms_ms
        )
        longer["former"] = minutes_ms if formers_ms is None else formers_ms
        gone = {
            table: self._run(sql, (longer.get(table, before_ms), HISTORY_ROWS))
            for table, sql in statements.DROP_HISTORY.items()
        }
        joined = self._diagnoses.join(before_ms=before_ms, limit=HISTORY_ROWS)
        if gone["former"]:
            self._formers.raise_floor(max(changed_ms for (changed_ms,) in gone["former"]))
        counts = {table: len(rows) for table, rows in gone.items()}
        return counts | {"diagnosis": counts["diagnosis"] + joined}

    # ------------------------------------------------------------------ quarantine

    def prune_quarantine(self, *, rows: int, raw_bytes: int) -> None:
        """Keep the newest ``rows`` refused messages, and of these ``raw_bytes`` at most."""
        sizes = self._run(statements.DROP_OLDEST_QUARANTINED, (rows, HISTORY_ROWS))
        total = self._quarantined_bytes() - sum(size for (size,) in sizes)
        while total > raw_bytes and (freed := self._drop_heaviest(total - raw_bytes)):
            total -= freed
        self._run(statements.PUT_QUARANTINE_BYTES, (total,))

    def _quarantined_bytes(self) -> int:
        [(total,)] = self._run(statements.QUARANTINE_BYTES, ())
        return int(total)

    def _drop_heaviest(self, surplus: int) -> int:
        """Drop the oldest few until ``surplus`` bytes have gone; returns how many bytes went."""
        freed, last_id = 0, 0
        for id_, size in self._run(statements.OLDEST_QUARANTINED, ()):
            if freed >= surplus:
                break
            freed, last_id = freed + size, id_
        self._run("DELETE FROM quarantine WHERE id <= ?", (last_id,))
        return freed

    # ------------------------------------------------------------------ epochs

    def prune_epochs(self, *, in_use: Collection[int]) -> int:
        """Drop settled epochs without readings beyond each device's newest hundred.

        Looks at some epochs a round, and so at all of them in turn.

        Args:
            in_use: ids that the gateway holds in memory; they stay.
        """
        seen = self._run(statements.EPOCHS_FROM, (self._swept_epoch, SWEEP_ROWS))
        self._swept_epoch = seen[-1][0] + 1 if len(seen) == SWEEP_ROWS else 0
        newest = {device: self._kept_from(device) for device in {device for _, device in seen}}
        surplus = [(id_,) for id_, device in seen if id_ < newest[device] and id_ not in in_use]
        return sum(len(self._run(statements.DROP_EPOCH, id_)) for id_ in surplus)

    def _kept_from(self, device: int) -> int:
        """The oldest epoch of the device's newest hundred."""
        found = self._run(statements.NTH_NEWEST_EPOCH, (device, EPOCHS_KEPT - 1))
        return int(found[0][0]) if found else 0
