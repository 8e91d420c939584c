"""Items that wait for the gateway's word: appended by the sampler, freed by its watermark.

An item is a reading or an event; to the spool, a record with the next seq.

A bounded ring of segment files. Each start of the board is an epoch of its own and never appends
to an older one's files. When the ring is full the oldest file goes, and ``oldest`` of its epoch
moves up: what went is reported as a floor.

``flush_every`` is how many readings may wait in memory before they go to the file. 1, the default,
means that each is with the operating system before it is sent: it survives the death of the
process; a host that loses power may lose pages it had not written. A board on flash, whose cells
wear, takes more: then readings settled in time never touch the flash, and those in memory die
with the power.

``store`` makes and recovers the segments: ``segment``, where each reading is found at once, or
``packed``, which takes less than half the room. What earlier programs wrote has another ending:
it is read as well, and a board that goes back to its former program finds its own files only.
"""

import os

from firmware.device import incarnation, segment

_ENDING = ".seg2"
_FORMER_ENDING = ".seg"
_RECENT = 32
_MOST_IN_MEMORY = 256  # while the disk takes nothing
_RETRY_EVERY = 32  # readings, while the disk takes nothing
_FIRST_SEQ = 1


class Spool:
    """The readings of this and earlier epochs that are not settled."""

    def __init__(
        self,
        directory: str,
        *,
        layout,
        restore,
        random_u32,
        segment_readings: int = 512,
        max_segments: int = 1024,  # 29 hours at 5 Hz
        flush_every: int = 1,
        store=segment,
    ):
        if max_segments < 2 or not 1 <= flush_every <= segment_readings:
            raise ValueError("a spool has 2 or more segments and flushes once a segment or oftener")
        self._directory = directory
        self._segment_readings = segment_readings
        self._max_segments = max_segments
        self._flush_every = flush_every
        self._store = store
        self._segments: list[segment.Segment] = []
        self._number = 0
        self._recover(restore)
        self.epoch = incarnation.begin(directory, random_u32)
        self.last_seq = _FIRST_SEQ - 1
        self._settled = _FIRST_SEQ - 1  # of this epoch
        self._open: segment.Segment | None = None
        self._written = _FIRST_SEQ - 1  # last seq that is in a file
        self._recent: list[bytes] = []  # the newest records, those not yet written among them
        self._layouts = [(_FIRST_SEQ, layout)]  # of those in memory: from which seq on
        self._retry_at = 0
        self.evicted = 0  # readings given up before they were settled
        self.gone: dict[str, int] = {}  # epoch -> last seq evicted, until somebody was told

    def _recover(self, restore) -> None:
        for name in sorted(os.listdir(self._directory)):
            if not (name.endswith(_ENDING) or name.endswith(_FORMER_ENDING)):  # noqa: PIE810 - MicroPython
                continue
            path = self._directory + "/" + name
            self._number = max(self._number, _number(name))
            found = self._reader(name).recover(path, restore)
            if found is None:
                os.remove(path)
            else:
                self._segments.append(found)

    def _reader(self, name: str):
        if name.endswith(_ENDING):
            return self._store
        from firmware.device import former  # noqa: PLC0415 - once, after an update

        return former

    # ------------------------------------------------------------- in

    def append(self, record: bytes) -> int:
        """Take one reading and return its seq."""
        self.last_seq += 1
        self._recent.append(record)
        waiting = self._waiting()
        if waiting >= self._flush_every and self.last_seq >= self._retry_at:
            self.flush()
            waiting = self._waiting()
        keep = min(max(_RECENT, waiting), _MOST_IN_MEMORY)
        if len(self._recent) > keep:
            self.evicted += max(0, min(waiting, len(self._recent)) - keep)
            del self._recent[: len(self._recent) - keep]
        return self.last_seq

    def use(self, layout) -> None:
        """What is appended from now on is in ``layout``."""
        held = [(first, old) for first, old in self._layouts if first <= self.last_seq]
        while len(held) > 1 and held[1][0] <= self.last_seq - len(self._recent) + 1:
            del held[0]
        self._layouts = held + [(self.last_seq + 1, layout)]  # noqa: RUF005 - MicroPython

    def _waiting(self) -> int:
        """How many readings are in memory only, and not settled."""
        return self.last_seq - max(self._written, self._settled)

    def flush(self) -> None:
        """Bring what waits in memory to the file; a full disk costs the oldest segment."""
        while True:
            count = min(self._waiting(), len(self._recent))
            if count <= 0 or not self._write(self.last_seq - count + 1, count):
                return

    def _write(self, first: int, count: int) -> bool:
        """Write those that begin at ``first`` and are in one layout; whether the disk took them."""
        records, layout = self._remembered(first, count)
        for _attempt in range(2):
            try:
                self._writable(first, layout).append(records)
            except OSError:
                self._shut()
                self._evict()
            else:
                self._written = first + len(records) - 1
                return True
        self._retry_at = self.last_seq + _RETRY_EVERY
        return False

    def _writable(self, first: int, layout):
        current = self._open
        if current is not None and (
            current.last + 1 != first
            or current.count >= self._segment_readings
            or current.layout is not layout
        ):
            self._shut()
        if self._open is None:
            while len(self._segments) >= self._max_segments:
                self._evict()
            self._number += 1
            path = "%s/%08x%s" % (self._directory, self._number, _ENDING)
            self._open = self._store.create(path, epoch=self.epoch, first=first, layout=layout)
            self._segments.append(self._open)
        return self._open

    def _shut(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None
            self._free()

    def _evict(self) -> None:
        """Give up the oldest segment, unless it is the one being written."""
        if self._segments and self._segments[0] is not self._open:
            oldest = self._segments[0]
            settled = self._settled if oldest.epoch == self.epoch else 0
            self.evicted += oldest.last - max(oldest.first - 1, settled)
            self.gone[oldest.epoch] = oldest.last
            self._drop(0)

    def _drop(self, index: int) -> None:
        gone = self._segments.pop(index)
        gone.close()
        try:
            os.remove(gone.path)
        except OSError:
            pass  # removed by hand; what matters is that it is not read again

    # ------------------------------------------------------------- out

    @property
    def oldest_epoch(self) -> str:
        """The epoch to send first; the present one when no earlier one holds anything."""
        return self._segments[0].epoch if self._segments else self.epoch

    def earlier(self) -> list[tuple[str, int, int]]:
        """Epoch, first and last seq of what earlier lives of this board left."""
        held: dict[str, tuple[str, int, int]] = {}
        for part in self._segments:
            if part.epoch != self.epoch:
                first = held[part.epoch][1] if part.epoch in held else part.first
                held[part.epoch] = (part.epoch, first, part.last)
        return list(held.values())

    def oldest(self, epoch: str) -> int:
        """The first seq of ``epoch`` that is held; one past the last when there is none."""
        for held in self._segments:
            if held.epoch == epoch:
                first = held.first
                return max(first, self._settled + 1) if epoch == self.epoch else first
        if epoch == self.epoch:
            return max(self._settled, self.last_seq - len(self._recent)) + 1
        return _FIRST_SEQ

    def last(self, epoch: str) -> int:
        """The last seq of ``epoch``; 0 when nothing of it is held."""
        if epoch == self.epoch:
            return self.last_seq
        for held in reversed(self._segments):
            if held.epoch == epoch:
                return held.last
        return 0

    def read(self, epoch: str, seq: int, count: int):
        """Up to ``count`` consecutive records from ``seq`` and the layout they are in.

        Fewer where a file or a layout ends or a record is damaged; none when ``seq`` itself cannot
        be read.
        """
        if epoch == self.epoch and self.last_seq - len(self._recent) < seq <= self.last_seq:
            return self._remembered(seq, count)
        for held in self._segments:
            if held.epoch == epoch and held.first <= seq <= held.last:
                try:
                    return held.read(seq, count), held.layout
                except OSError:
                    return [], held.layout
        return [], self._layouts[-1][1]

    def _remembered(self, seq: int, count: int):
        """As ``read``, of what is in memory."""
        end = self.last_seq
        at = len(self._layouts) - 1
        while self._layouts[at][0] > seq:
            end = self._layouts[at][0] - 1
            at -= 1
        start = len(self._recent) - (self.last_seq - seq + 1)
        return self._recent[start : start + min(count, end - seq + 1)], self._layouts[at][1]

    def settle(self, epoch: str, seq: int) -> None:
        """Free everything of ``epoch`` up to ``seq``."""
        if epoch == self.epoch:
            self._settled = max(self._settled, min(seq, self.last_seq))
            seq = self._settled
        if self._segments and self._segments[0].last <= seq:
            self._free(epoch, seq)

    def _free(self, epoch: str = "", seq: int = 0) -> None:
        """Remove the files in which nothing waits. The one being written stays open."""
        for index in range(len(self._segments) - 1, -1, -1):
            held = self._segments[index]
            done = not held.count or (held.epoch == epoch and held.last <= seq)
            done = done or (held.epoch == self.epoch and held.last <= self._settled)
            if done and held is not self._open:
                self._drop(index)

    def close(self) -> None:
        """Bring everything to the files; this epoch ends here."""
        self.flush()
        self._shut()


def _number(name: str) -> int:
    try:
        return int(name.partition(".")[0], 16)
    except ValueError:
        return 0
