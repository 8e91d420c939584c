"""The site's file of shifts in, its calendar out; read again whenever it has changed."""

import logging
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from contract.errors import Refused, reason
from contract.shift_plan import parse
from contract.shifts import Plan, ShiftCalendar
from contract.site_time import SiteTime
from hosting.followed_file import FollowedFile

log = logging.getLogger(__name__)

_ICS: Final = ".ics"
_AHEAD: Final = timedelta(days=3653)  # what comes again in a calendar is worked out so far


class ShiftFile:
    """``shifts.toml`` or ``shifts.ics``. A mistake is told to who asks, and stops nothing else."""

    def __init__(self, path: Path, site: SiteTime) -> None:
        self._paths = (path, path.with_suffix(_ICS))
        self._files = tuple(map(FollowedFile, self._paths))
        self._site = site
        self._calendar: ShiftCalendar | None = None
        self._mistake: str | None = None

    def calendar(self) -> ShiftCalendar | None:
        """The shifts as the file has them now; None where there is no file.

        Raises:
            Refused: the file cannot be used; the text says where in it and why.
        """
        self._follow()
        if self._mistake is not None:
            raise Refused(self._mistake)
        return self._calendar

    def names(self) -> list[str]:
        """What the shifts are called; none where the file cannot be used."""
        self._follow()
        return list(self._calendar.names) if self._calendar else []

    def mistake(self) -> str | None:
        """What is wrong with the file, in a sentence."""
        self._follow()
        return self._mistake

    def _follow(self) -> None:
        if not any([file.has_changed() for file in self._files]):  # noqa: C419 - each looks
            return
        self._calendar = self._mistake = None
        there = [each for each in zip(self._paths, self._files, strict=True) if each[1].is_there]
        if len(there) > 1:
            names = " and ".join(path.name for path, _ in there)
            self._mistake = f"There are {names}: keep the one that says when people work."
        elif there:
            self._read(*there[0])

    def _read(self, path: Path, file: FollowedFile) -> None:
        try:
            plan = self._plan(path, file.text())
        except OSError as error:
            self._mistake = f"{path.name} cannot be read: {reason(error)}."
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            form = "iCalendar" if path.suffix == _ICS else "TOML"
            self._mistake = f"{path.name} is not {form}: {error}."
        except ValueError as error:
            self._mistake = f"{path.name}: {error}."
        else:
            self._calendar = ShiftCalendar(plan, self._site)
            log.info("%s has the shifts %s", path, ", ".join(plan.names))
            return
        log.warning("%s", self._mistake)

    def _plan(self, path: Path, text: str) -> Plan:
        if path.suffix != _ICS:
            return parse(tomllib.loads(text))
        from contract.shift_ics import IcsPlan  # noqa: PLC0415 - hardly anybody has one, 60 ms

        return IcsPlan(text, self._site, until=datetime.now(UTC).date() + _AHEAD)
