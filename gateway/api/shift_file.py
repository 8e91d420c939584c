"""The site's file of shifts in, its calendar out; read again whenever the file has changed."""

import logging
import tomllib
from pathlib import Path

from contract.errors import Refused, reason
from contract.shift_plan import parse
from contract.shifts import ShiftCalendar
from contract.site_time import SiteTime
from hosting.followed_file import FollowedFile

log = logging.getLogger(__name__)


class ShiftFile:
    """``shifts.toml``. A mistake in it is told to who asks for shifts, and stops nothing else."""

    def __init__(self, path: Path, site: SiteTime) -> None:
        self._path = path
        self._file = FollowedFile(path)
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
        if not self._file.has_changed():
            return
        self._calendar = self._mistake = None
        if self._file.is_there:
            self._read()

    def _read(self) -> None:
        try:
            plan = parse(tomllib.loads(self._file.text()))
        except OSError as error:
            self._mistake = f"{self._path.name} cannot be read: {reason(error)}."
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            self._mistake = f"{self._path.name} is not TOML: {error}."
        except ValueError as error:
            self._mistake = f"{self._path.name}: {error}."
        else:
            self._calendar = ShiftCalendar(plan, self._site)
            log.info("%s has %d shifts", self._path, len(plan.shifts))
            return
        log.warning("%s", self._mistake)
