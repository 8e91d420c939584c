"""Every machine's normal, learned as it works, and what is unlike it kept as anomalies.

Each machine that runs is sampled once a second; a look is the mean of ten samples. When enough is
known, inference is asked to learn from it; from then on it is asked about what is new. It remembers
nothing: its memory is kept here, and in the journal, so that a restart goes on.
"""

import asyncio
import logging
from array import array
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan, nan
from typing import Any, Final

import msgspec

from contract.errors import Refused, Unavailable
from contract.messages import Reason, Value
from contract.normality import MOST_ROWS, PROVEN_ROWS, STEP_S
from gateway.ingest.pipeline import Pipeline
from gateway.journal import Journal
from gateway.journal.anomalies import Anomaly, Learned
from gateway.judging.conditions import SILENT
from gateway.judging.normality import Normality
from gateway.twin.fleet import Device, Fleet

log = logging.getLogger("gateway")

SAMPLE_S: Final = 1.0
ASK_ROWS: Final = 6  # a minute of looks, asked about at once
NOTE_ROWS: Final = 60  # how often it is noted how far learning is
STILL_LOOKS: Final = 60  # without one, of a machine that stands still: an anomaly is over
NAME: Final = "baseline"
AT_ONCE: Final = 20  # machines; a reading that comes meanwhile waits for so many

Row = list[float | None]


@dataclass
class Pupil:
    """What is known of one machine: samples of the look under way, looks, and the memory."""

    channels: list[str]
    asset: str
    from_ms: int
    samples: list[Mapping[str, Value]] = field(default_factory=list)
    cells: "array[float]" = field(default_factory=lambda: array("f"))  # of rows; NaN: not measured
    fresh: list[tuple[int, Row]] = field(default_factory=list)  # not yet asked about
    known: int = 0  # looks in all
    next_at: int = PROVEN_ROWS  # when it learns anew
    memory: dict[str, Any] | None = None
    anomaly: Anomaly | None = None
    newest_ms: int = 0
    looked_ms: int = 0  # at the newest look; 0: there was none yet
    missed: int = 0  # looks since, at which nothing was new
    failures: int = 0  # questions in a row that nobody has answered

    def look(self, now_ms: int) -> bool:
        """The samples so far are one look; nothing new is none. Returns whether it is one."""
        samples, self.samples = self.samples, []
        if not samples:
            self.missed += 1
            return False
        self.looked_ms, self.missed = now_ms, 0
        row = [_mean(samples, name) for name in self.channels]
        self.known += 1
        self.cells.extend(nan if value is None else value for value in row)
        del self.cells[: -MOST_ROWS * len(row)]
        if self.memory is not None:
            self.fresh.append((now_ms, row))
            del self.fresh[:-MOST_ROWS]
        return True

    def refused(self) -> None:
        """More is to be known before it learns again; a memory that nobody can read goes."""
        if self.memory is None or self.known >= self.next_at:
            self.next_at = 2 * self.known
            return
        self.memory, self.fresh, self.known = None, [], self.kept
        self.next_at = max(PROVEN_ROWS, self.known)

    @property
    def kept(self) -> int:
        """How many looks there are to learn from."""
        return len(self.cells) // len(self.channels)

    def rows(self) -> list[Row]:
        """Those looks, oldest first."""
        width = len(self.channels)
        told = [None if isnan(value) else value for value in self.cells]
        return [told[at : at + width] for at in range(0, len(told), width)]


class Learner:
    """Follows the fleet; ``run`` never ends."""

    def __init__(
        self,
        *,
        fleet: Fleet,
        pipeline: Pipeline,
        normality: Normality,
        known: Sequence[tuple[int, Learned]],
        open_: Sequence[tuple[int, Anomaly]],
        now_ms: Callable[[], int],
    ) -> None:
        """``known``, ``open_``: what the journal has of each device, by its id."""
        self._fleet = fleet
        self._pipeline = pipeline
        self._normality = normality
        self._now_ms = now_ms
        self._pupils: dict[int, Pupil] = {}
        self._kept = dict(known)
        self._open = {id_: one for id_, one in open_ if one.name == NAME}

    async def run(self) -> None:
        count = 0
        while True:
            await asyncio.sleep(SAMPLE_S)
            if self._pipeline.saturated:
                continue
            count += 1
            await self.sample()
            if count % round(STEP_S / SAMPLE_S) == 0:
                await self.look()

    async def sample(self) -> None:
        """Note what each running machine measures now; readings pass between a few of them."""
        if len(self._pupils) > 2 * len(self._fleet):  # machines that were removed
            ids = {device.id for device in self._fleet}
            self._pupils = {id_: one for id_, one in self._pupils.items() if id_ in ids}
        for count, device in enumerate(list(self._fleet)):
            if count % AT_ONCE == 0:
                await asyncio.sleep(0)
            pupil = self._pupil(device)
            if not pupil.channels or device.is_gone:
                continue
            lived_ms = device.twin.lived_ms
            is_new = lived_ms > pupil.newest_ms
            if is_new and device.stage == "in_use" and not device.twin.is_stopped():
                pupil.newest_ms = lived_ms
                pupil.samples.append(device.twin.newest_values())

    async def look(self) -> None:
        """Take a look of each machine, and ask about those of which enough is new."""
        # All look before anybody asks: nobody's samples grow while inference is away.
        seen = [each async for each in self._looks(self._now_ms())]
        seen.sort(key=lambda each: each[1].failures)
        for count, (device, pupil, is_new) in enumerate(seen):
            if count % AT_ONCE == 0:
                await asyncio.sleep(0)
            try:
                await self._end_what_nobody_sees(device, pupil)
                if is_new and not device.is_gone:
                    await self._follow(device, pupil)
                pupil.failures = 0
            except Refused as why:
                log.warning("not learned: %s", why, extra={"device": device.name})
                pupil.refused()
            except Unavailable:  # /health says so of inference, and of the disk
                pupil.failures += 1  # behind the others next time, should it be this question
                return

    async def _looks(self, now_ms: int) -> AsyncIterator[tuple[Device, Pupil, bool]]:
        """Each machine's look, and whether anything was new; readings pass between."""
        for count, device in enumerate(list(self._fleet)):
            if count % AT_ONCE == 0:
                await asyncio.sleep(0)
            pupil = self._pupil(device)
            yield device, pupil, pupil.look(now_ms)

    async def _end_what_nobody_sees(self, device: Device, pupil: Pupil) -> None:
        """An anomaly is over when the machine is not in use, still for long, or not known."""
        if pupil.anomaly is None or _is_watched(device, pupil):
            return
        end_ms = max(pupil.anomaly.start_ms, pupil.looked_ms or device.last_seen_ms)
        await self._write(device, [msgspec.structs.replace(pupil.anomaly, end_ms=end_ms)])
        pupil.anomaly = None

    async def _follow(self, device: Device, pupil: Pupil) -> None:
        is_due = pupil.known % NOTE_ROWS == 0
        if pupil.known >= pupil.next_at and pupil.kept >= min(pupil.next_at, MOST_ROWS):
            learn = pupil.rows()
            question = {"channels": pupil.channels, "learn": learn, "first": PROVEN_ROWS // 2}
            answer = await self._normality.ask(question)
            pupil.memory, pupil.next_at, pupil.fresh = answer["memory"], 2 * pupil.known, []
            is_due = True
        elif len(pupil.fresh) >= ASK_ROWS:
            asked = list(pupil.fresh)
            question = {
                "channels": pupil.channels, "memory": pupil.memory,
                "rows": [row for _, row in asked], "times_s": [ms / 1_000 for ms, _ in asked],
            }  # fmt: skip
            answer = await self._normality.ask(question)
            if self._pupil(device) is not pupil:
                return  # it was given another type meanwhile
            await self._judge(device, pupil, [ms for ms, _ in asked], answer)
            pupil.memory, pupil.fresh = answer["memory"], pupil.fresh[len(asked) :]
        if is_due:
            await self._note(device, pupil)

    async def _judge(
        self, device: Device, pupil: Pupil, times_ms: Sequence[int], answer: Mapping[str, Any]
    ) -> None:
        told: list[Anomaly] = []
        standing = pupil.anomaly
        parts = zip(answer["anomalies"], answer["scores"], answer["channels"], strict=True)
        for time_ms, found in zip(times_ms, parts, strict=True):
            standing = step(device, standing, time_ms, found, told)
        if told:
            await self._write(device, told)
        pupil.anomaly = standing

    async def _write(self, device: Device, told: Sequence[Anomaly]) -> None:
        def add(journal: Journal) -> None:
            for each in [] if device.is_gone else told:
                journal.put_anomaly(device_id=device.id, anomaly=each)

        await self._pipeline.write(add)

    async def _note(self, device: Device, pupil: Pupil) -> None:
        body = None if pupil.memory is None else msgspec.json.encode(pupil.memory).decode()
        learned = Learned(
            from_ms=pupil.from_ms, until_ms=self._now_ms(), rows=pupil.known, asset=pupil.asset,
            body=body,
        )  # fmt: skip

        def put(journal: Journal) -> None:
            if not device.is_gone:
                journal.put_learned(device_id=device.id, learned=learned)

        await self._pipeline.write(put)

    def _pupil(self, device: Device) -> Pupil:
        channels = [channel.name for channel in device.asset.watched]
        pupil = self._pupils.get(device.id)
        if pupil is None or pupil.channels != channels:
            before, pupil = pupil, self._begun(device, channels)
            if before is not None:
                pupil.anomaly = before.anomaly
            self._pupils[device.id] = pupil
        return pupil

    def _begun(self, device: Device, channels: list[str]) -> Pupil:
        pupil = Pupil(channels, device.asset.name, self._now_ms())
        pupil.anomaly = self._open.pop(device.id, None)
        kept = self._kept.pop(device.id, None)
        if kept is not None and kept.body is not None and kept.asset == device.asset.name:
            memory = msgspec.json.decode(kept.body, type=dict[str, Any])
            if memory.get("channels") == channels:
                pupil.memory, pupil.known, pupil.from_ms = memory, kept.rows, kept.from_ms
                pupil.next_at = 2 * kept.rows
        return pupil


def _is_watched(device: Device, pupil: Pupil) -> bool:
    is_still = device.twin.is_stopped() or SILENT in device.alarms
    is_seen = not (is_still and pupil.missed >= STILL_LOOKS)
    return pupil.memory is not None and device.stage == "in_use" and is_seen


def step(
    device: Device,
    standing: Anomaly | None,
    time_ms: int,
    found: tuple[bool, float, str],
    told: list[Anomaly],
) -> Anomaly | None:
    """What stands after one look; ``told`` gets what is to be stored of it. Pure."""
    is_one, score, channel = found
    if not is_one:
        if standing is not None:
            told.append(msgspec.structs.replace(standing, end_ms=time_ms))
        return None
    if standing is not None and score <= (standing.score or 0.0):
        return standing
    title = device.asset.by_name[channel].title
    text = f"All channels together are unlike this machine's normal, {title} most of all."
    anomaly = Anomaly(
        method="joint", name=NAME, channel=channel, severity="Low", text=text, score=score,
        threshold=1.0, start_ms=time_ms if standing is None else standing.start_ms,
        alarm=sharing(device, channel), evidence=[Reason(channel, 1.0, text)],
    )  # fmt: skip
    told.append(anomaly)
    return anomaly


def sharing(device: Device, channel: str) -> int | None:
    """The open alarm of the same cause: one that shows in this channel too."""
    for name, alarm in device.alarms.items():
        if channel in device.twin.book.channels_of(name):
            return alarm.id
    return None


def _mean(samples: Sequence[Mapping[str, Value]], name: str) -> float | None:
    numbers = [value for sample in samples if isinstance(value := sample.get(name), int | float)]
    return sum(numbers) / len(numbers) if numbers else None
