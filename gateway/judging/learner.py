"""Every machine's normal, learned as it works, and what is unlike it kept as anomalies.

Each machine that runs is sampled once a second; a look is the mean of ten samples. When enough is
known, inference is asked to learn from it; from then on it is asked about what is new. It remembers
nothing: its memory is kept here, and in the journal, so that a restart goes on. Looks of before a
restart are read from the readings again. Looking waits for nobody: asking goes on beside it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from contract.errors import Refused, Unavailable, Unusable
from contract.messages import Value
from contract.normality import LEARNED_ROWS, PROVEN_ROWS, STEP_S, says_down
from gateway.ingest.pipeline import Pipeline
from gateway.journal import Journal
from gateway.journal.anomalies import Anomaly, Learned
from gateway.judging.conditions import SILENT
from gateway.judging.findings import NAME, Look, step
from gateway.judging.keeping import keep
from gateway.judging.normality import Normality
from gateway.judging.pupil import NOTE_ROWS, Pupil, Row
from gateway.judging.recollection import recollected
from gateway.twin.fleet import Device, Fleet

log = logging.getLogger("gateway")

SAMPLE_S: Final = 1.0
STILL_LOOKS: Final = 60  # without one, of a machine that stands still: an anomaly is over
AT_ONCE: Final = 20  # machines; a reading that comes meanwhile waits for so many
LEARN_AT_ONCE: Final = 8  # machines, of seconds each: the others' looks wait for no more


class Standing(NamedTuple):
    """How far learning is, of all machines that are in use.

    ``oldest_look_s``: so old is the oldest look that nobody has judged yet; None: none waits.
    """

    machines: int
    learned: int
    oldest_look_s: float | None


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
        journal_path: Path,
        in_use_since_ms: Callable[[str], int],
    ) -> None:
        """``known``, ``open_``: what the journal has of each device, by its id.

        ``in_use_since_ms``: since when a device is in the stage of its life that it is in.
        """
        self._fleet = fleet
        self._pipeline = pipeline
        self._normality = normality
        self._now_ms = now_ms
        self._path = journal_path
        self._in_use_since_ms = in_use_since_ms
        self._pupils: dict[int, Pupil] = {}
        self._kept = dict(known)
        self._open = {id_: one for id_, one in open_ if one.name == NAME}

    async def run(self) -> None:
        """Look at machines, for ever; ``ask_on`` and ``recollect`` go on beside it."""
        count = 0
        while True:
            await asyncio.sleep(SAMPLE_S)
            if self._pipeline.saturated:
                continue
            count += 1
            await self.sample()
            if count % round(STEP_S / SAMPLE_S) == 0:
                await self.look()

    async def ask_on(self) -> None:
        """Have judged what was looked at, for ever."""
        while True:
            await asyncio.sleep(STEP_S)
            await self.ask()

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
            if is_new and device.stage == "in_use" and not _stands(device):
                pupil.newest_ms = lived_ms
                pupil.samples.append(device.twin.newest_values())

    async def look(self) -> None:
        """Take a look of each machine; readings pass between a few of them."""
        now_ms = self._now_ms()
        async for _, pupil in self._each():
            pupil.look(now_ms)

    async def _each(self) -> AsyncIterator[tuple[Device, Pupil]]:
        for count, device in enumerate(list(self._fleet)):
            if count % AT_ONCE == 0:
                await asyncio.sleep(0)
            yield device, self._pupil(device)

    async def ask(self) -> None:
        """Ask about machines of which enough is new, who waits longest first."""
        seen = [each async for each in self._each()]
        seen.sort(key=lambda each: (each[1].failures, each[1].waits_since_ms or 0))
        left = LEARN_AT_ONCE
        for count, (device, pupil) in enumerate(seen):
            if count % AT_ONCE == 0:
                await asyncio.sleep(0)
            left -= pupil.learns
            if pupil.learns and left < 0:
                continue
            try:
                await self._end_what_nobody_sees(device, pupil)
                if pupil.is_due and not device.is_gone:
                    await self._follow(device, pupil)
                pupil.failures = 0
            except Refused as why:
                log.warning("not learned: %s", why, extra={"device": device.name})
                pupil.refused()
            except Unavailable:  # /health says so of inference, and of the disk
                pupil.failures += 1  # behind the others next time, should it be this question
                return

    def standing(self) -> Standing:
        """How far learning is."""
        pupils = [self._pupils.get(device.id) for device in self._fleet if device.stage == "in_use"]
        waits = [p.waits_since_ms for p in pupils if p is not None]
        oldest_ms = min((ms for ms in waits if ms is not None), default=None)
        return Standing(
            len(pupils),
            sum(p is not None and p.memory is not None for p in pupils),
            None if oldest_ms is None else max(0.0, (self._now_ms() - oldest_ms) / 1_000),
        )

    async def recollect(self) -> None:
        """Read what each machine's looks were before this process began, one after the other."""
        until_ms = self._now_ms()
        for device in list(self._fleet):
            pupil = self._pupil(device)
            if pupil.channels and device.stage == "in_use" and not device.is_gone:
                await self._recollect(device, pupil, until_ms)

    async def _recollect(self, device: Device, pupil: Pupil, until_ms: int) -> None:
        try:
            looks = await asyncio.to_thread(
                recollected,
                self._path,
                device_id=device.id,
                channels=pupil.channels,
                is_stopped=partial(_is_still, device),
                from_ms=self._in_use_since_ms(device.name),
                until_ms=until_ms,
            )
        except (Unavailable, Unusable) as why:
            log.warning("looks of before are not read: %s", why, extra={"device": device.name})
            return
        if looks and self._pupils.get(device.id) is pupil:
            pupil.recall([row for _, row in looks], from_ms=looks[0][0])

    async def _end_what_nobody_sees(self, device: Device, pupil: Pupil) -> None:
        """An anomaly is over when the machine is not in use, still for long, or not known."""
        if pupil.anomaly is None or _is_watched(device, pupil):
            return
        end_ms = max(pupil.anomaly.start_ms, pupil.looked_ms or device.last_seen_ms)
        over = msgspec.structs.replace(pupil.anomaly, end_ms=end_ms)
        await keep(self._pipeline, [(device, over)])
        pupil.anomaly = None

    async def _follow(self, device: Device, pupil: Pupil) -> None:
        if pupil.learns:
            await self._learn(pupil)
        elif pupil.fresh:
            await self._ask(device, pupil)
        if pupil.known - pupil.noted >= NOTE_ROWS or pupil.noted < PROVEN_ROWS <= pupil.known:
            await self._note(device, pupil)

    async def _learn(self, pupil: Pupil) -> None:
        question = {"channels": pupil.channels, "learn": pupil.rows(), "first": LEARNED_ROWS}
        pupil.memory = (await self._normality.ask(question))["memory"]
        pupil.proven_ms = self._now_ms()

    async def _ask(self, device: Device, pupil: Pupil) -> None:
        asked = list(pupil.fresh)
        question = {
            "channels": pupil.channels, "memory": pupil.memory,
            "rows": [row for _, row in asked], "times_s": [ms / 1_000 for ms, _ in asked],
        }  # fmt: skip
        answer = await self._normality.ask(question)
        if self._pupil(device) is not pupil:
            return  # it was given another type meanwhile
        await self._judge(device, pupil, asked, answer)
        pupil.memory, pupil.fresh = answer["memory"], pupil.fresh[len(asked) :]

    async def _judge(
        self,
        device: Device,
        pupil: Pupil,
        asked: Sequence[tuple[int, Row]],
        answer: Mapping[str, Any],
    ) -> None:
        told: list[Anomaly] = []
        standing = pupil.anomaly
        words = ("anomalies", "scores", "channels", "departed")
        parts = zip(*(answer[word] for word in words), strict=True)
        for (time_ms, row), found in zip(asked, parts, strict=True):
            values = dict(zip(pupil.channels, row, strict=True))
            standing = step(device, standing, time_ms, Look._make((*found, values)), told)
        if told:
            await keep(self._pipeline, [(device, each) for each in told])
        pupil.anomaly = standing

    async def _note(self, device: Device, pupil: Pupil) -> None:
        body = None if pupil.memory is None else msgspec.json.encode(pupil.memory).decode()
        learned = Learned(
            from_ms=pupil.from_ms, until_ms=self._now_ms(), rows=pupil.known, asset=pupil.asset,
            body=body, proven_ms=pupil.proven_ms,
        )  # fmt: skip

        def put(journal: Journal) -> None:
            if not device.is_gone:
                journal.put_learned(device_id=device.id, learned=learned)

        await self._pipeline.write(put)
        pupil.noted = learned.rows

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
                pupil.noted = kept.rows
                is_old = kept.proven_ms is None  # an edgetwin from before noted nothing of that
                pupil.proven_ms = self._now_ms() if is_old else kept.proven_ms
        return pupil


def _stands(device: Device) -> bool:
    """Whether it is stopped, or says itself that it is out of order: nothing is looked at then."""
    return device.twin.is_stopped() or says_down(device.asset, device.twin.newest_values())


def _is_still(device: Device, values: Mapping[str, Value]) -> bool:
    """As ``_stands``, with these values."""
    return device.twin.stands_still(values) or says_down(device.asset, values)


def _is_watched(device: Device, pupil: Pupil) -> bool:
    is_still = _stands(device) or SILENT in device.alarms
    is_seen = not (is_still and pupil.missed >= STILL_LOOKS)
    return pupil.memory is not None and device.stage == "in_use" and is_seen
