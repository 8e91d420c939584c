"""``people.toml``, which is secret, in, the plan out; read again whenever it has changed."""

import logging
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from contract.errors import reason
from gateway.sinks.people.words import Plan, parse

NAME: Final = "people.toml"
MAX_FILE_BYTES: Final = 256 * 1024

log = logging.getLogger(__name__)

_Stamp = tuple[int, int, int]


class PeopleFile:
    """Of one thread. A file that cannot be used leaves the plan that was read before.

    Attributes:
        plan: as it was read last; None: there is no file, or none that could be used so far.
        mistake: what is wrong with the file, in a sentence that holds no address; empty: nothing.
    """

    def __init__(self, data_dir: Path, *, check: Callable[[str, str], None]) -> None:
        """``check`` raises ValueError for a target's name and address that cannot be used."""
        self._path = data_dir / NAME
        self._check = check
        self._stamp: _Stamp | None = None
        self.plan: Plan | None = None
        self.mistake = ""

    def follow(self) -> None:
        """Read it if it has changed."""
        stamp = self._stamp_now()
        if stamp == self._stamp:
            return
        self._stamp, self.mistake = stamp, ""
        if stamp is None:
            self.plan = None
            return
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
            for name, address in plan.targets.items():
                self._check(name, address)
        except OSError as error:
            self.mistake = f"{NAME} cannot be read: {reason(error)}."
        except tomllib.TOMLDecodeError as error:
            self.mistake = f"{NAME} is not TOML: {error}."
        except UnicodeDecodeError:  # its text would show some of the file
            self.mistake = f"{NAME} is not UTF-8: save it as that."
        except ValueError as error:
            self.mistake = f"{NAME}: {error}."
        else:
            self.plan = plan
            log.info("%s has %d routes to %d targets", NAME, len(plan.routes), len(plan.targets))
            return
        log.warning("%s", self.mistake)

    def _text(self) -> str:
        with self._path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise ValueError(f"it has more than {MAX_FILE_BYTES // 1024} KiB")
        return content.decode("utf-8-sig")
