"""Decides what goes out next: a window of readings beyond the gateway's watermark, go-back-N.

docs/architecture.md section 4. Pure but for the spool: the time is passed in, so are the dice.
Only the gateway's ``ack`` frees a reading; the broker's PUBACK paces, and is not seen here.
"""

from firmware.device import payload

WINDOW = 200
_PATIENCE_MS = 2000
_MOST_PATIENCE_MS = 60000
_MOST_WAIT_MS = 300  # for a batch to fill: a sensor may have stopped answering
_SILENCE_MS = 10000  # a gateway that serves is never silent for so long while readings go out


class Delivery:
    """One epoch at a time, the oldest first."""

    def __init__(self, *, spool, dice) -> None:
        self._spool = spool
        self._dice = dice  # returns 0.0 to 1.0
        self._epoch = ""
        self._acked = 0  # all up to here is settled
        self._cursor = 1  # goes out next
        self._sent = 0  # the gateway can have settled nothing beyond it
        self._floor_due = True
        self._progress_ms = 0
        self._patience_ms = _PATIENCE_MS
        self._heard_ms = 0
        self._taken_ms = 0  # when readings last went out
        self.batch = 1  # readings that are worth a message, when they come fast
        self.resends = 0
        self.lost = 0  # readings that were spooled and could not be read again
        self._choose(0)

    @property
    def in_flight(self) -> int:
        return self._cursor - 1 - self._acked

    @property
    def pending(self) -> int:
        """How many readings of the epoch being sent have not gone out."""
        last: int = self._spool.last(self._epoch)
        return last - self._cursor + 1

    @property
    def window_open(self) -> bool:
        if self._floor_due or self._spool.gone or self._epoch != self._spool.oldest_epoch:
            return True
        return self.pending > 0 and self.in_flight < WINDOW

    def _choose(self, now_ms: int) -> None:
        """Take up the oldest epoch that holds anything."""
        epoch = self._spool.oldest_epoch
        if epoch != self._epoch:
            self._epoch = epoch
            self._acked = self._spool.oldest(epoch) - 1
            # What an earlier life of the board sent, nobody knows: any of it, at most.
            earlier = epoch != self._spool.epoch
            self._sent = self._spool.last(epoch) if earlier else self._acked
            self._rewind(now_ms)

    def _rewind(self, now_ms: int) -> None:
        self._cursor = self._acked + 1
        self._floor_due = True
        self._progress_ms = now_ms

    def connected(self, now_ms: int) -> None:
        """A new session: say the floor, then everything from the watermark."""
        self._patience_ms = _PATIENCE_MS
        self._choose(now_ms)
        self._rewind(now_ms)

    def acknowledge(self, epoch: str, seq: int, now_ms: int) -> bool:
        """The gateway settled ``epoch`` up to ``seq``; whether that was news."""
        current = epoch == self._epoch
        self._hear(now_ms)
        if seq > self._said(epoch) or (current and seq <= self._acked):
            return False
        self._spool.settle(epoch, seq)
        if current:
            self._acked = seq
            self._cursor = max(self._cursor, seq + 1)
            self._progress_ms = now_ms
            self._patience_ms = _PATIENCE_MS
        self._choose(now_ms)
        return True

    def _hear(self, now_ms: int) -> None:
        """A gateway that was silent is back (it says so, news or not): wait for it no longer."""
        if now_ms - self._heard_ms >= _SILENCE_MS and self.in_flight:
            self._patience_ms = _PATIENCE_MS
            self._rewind(now_ms)
        self._heard_ms = now_ms

    def _said(self, epoch: str) -> int:
        """The highest seq of ``epoch`` that the gateway can know of."""
        if epoch == self._epoch:
            return self._sent
        return 0 if epoch == self._spool.epoch else self._spool.last(epoch)

    def check(self, now_ms: int) -> None:
        """No progress for too long: begin again at the watermark, and wait longer next time."""
        if self.in_flight == 0 or now_ms - self._progress_ms < self._patience_ms:
            return
        self.resends += 1
        self._rewind(now_ms)
        longer = min(self._patience_ms * 2, _MOST_PATIENCE_MS)
        self._patience_ms = int(longer * (0.75 + 0.25 * self._dice()))

    def take(self, now_ms: int) -> bytes:
        """The next telemetry payload; empty when there is nothing to send now."""
        self._keep_up(now_ms)
        if self._spool.gone:
            epoch, last = self._spool.gone.popitem()
            return payload.floor(epoch, last + 1)
        if self._floor_due:
            self._floor_due = False
            return payload.floor(self._epoch, self._acked + 1)
        room = min(WINDOW - self.in_flight, self.pending, payload.MAX_READINGS)
        if room <= 0 or (room < self._least() and now_ms - self._taken_ms < _MOST_WAIT_MS):
            return b""
        self._taken_ms = now_ms
        records, layout = self._spool.read(self._epoch, self._cursor, room)
        if not records:
            return self._skip_damaged()
        if self.in_flight == 0:
            self._progress_ms = now_ms
        return self._pack(records, layout)

    def _least(self) -> int:
        """How few readings may go: an earlier epoch gets no more, and the window no wider."""
        if self._epoch != self._spool.epoch:
            return 1
        return min(self.batch, WINDOW - self.in_flight)

    def _keep_up(self, now_ms: int) -> None:
        """What the spool evicted before it was settled is gone: say so."""
        self._choose(now_ms)
        oldest = self._spool.oldest(self._epoch)
        if oldest > self._acked + 1:
            self.lost += oldest - 1 - self._acked
            self._acked = oldest - 1
            self._cursor = max(self._cursor, oldest)
            self._sent = max(self._sent, self._acked)
            self._floor_due = True

    def _skip_damaged(self) -> bytes:
        """A reading that cannot be read: once all before it is settled, pass over it."""
        if self.in_flight:
            return b""
        self.lost += 1
        self._spool.settle(self._epoch, self._cursor)
        self._acked = self._sent = self._cursor
        self._cursor += 1
        return payload.floor(self._epoch, self._acked + 1)

    def _pack(self, records: list[bytes], layout) -> bytes:
        """As many of ``records`` as a message holds."""
        objects: list[str] = []
        size = 2
        for record in records:
            text = layout.encode(epoch=self._epoch, seq=self._cursor, record=record)
            size += len(text.encode()) + 1
            if objects and size > payload.MAX_BYTES:
                break
            objects.append(text)
            self._cursor += 1
        self._sent = max(self._sent, self._cursor - 1)
        return payload.readings(objects)
