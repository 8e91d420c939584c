"""The site's file of shifts in, its calendar out; read again whenever the file has changed."""

import logging
import tomllib
from pathlib import Path
from typing import Final

from contract.errors import Refused, reason
from contract.shift_plan import parse
from contract.shifts import ShiftCalendar
from contract.site_time import SiteTime

MAX_FILE_BYTES: Final = 256 * 1024

log = logging.getLogger(__name__)

_Stamp = tuple[int, int, int]


class ShiftFile:
    """``shifts.toml``. A mistake in it is told to who asks for shifts, and stops nothing else."""

    def __init__(self, path: Path, site: SiteTime) -> None:
        self._path = path
        self._site = site
        self._stamp: _Stamp | None = None
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
        stamp = self._stamp_now()
        if stamp == self._stamp:
            return
        self._stamp, self._calendar, self._mistake = stamp, None, None
        if stamp is not None:
            self._read()

    def _stamp_now(self) -> _Stamp | None:
        try:
            found = self._path.stat()
        except OSError:  # reading it will say why, if it is there at all
            return (0, 0, 0) if self._path.is_symlink() else None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _read(self) -> None:
        try:
            plan = parse(tomllib.loads(self._text()))
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

    def _text(self) -> str:
        with self._path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise ValueError(f"it has more than {MAX_FILE_BYTES // 1024} KiB")
        return content.decode("utf-8-sig")
