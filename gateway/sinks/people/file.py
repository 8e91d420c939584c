"""``people.toml``, which is secret, in, the plan out; read again whenever it has changed."""

import logging
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from contract.errors import reason
from gateway.sinks.people.words import Plan, parse
from hosting.followed_file import FollowedFile

NAME: Final = "people.toml"

log = logging.getLogger(__name__)


class PeopleFile:
    """Of one thread. A file that cannot be used leaves the plan that was read before.

    Attributes:
        plan: as it was read last; None: there is no file, or none that could be used so far.
        mistake: what is wrong with the file, in a sentence that holds no address; empty: nothing.
    """

    def __init__(self, data_dir: Path, *, check: Callable[[str, str], None]) -> None:
        """``check`` raises ValueError for a target's name and address that cannot be used."""
        self._file = FollowedFile(data_dir / NAME)
        self._check = check
        self.plan: Plan | None = None
        self.mistake = ""

    def follow(self) -> None:
        """Read it if it has changed."""
        if not self._file.has_changed():
            return
        self.mistake = ""
        if not self._file.is_there:
            self.plan = None
            return
        self._read()

    def _read(self) -> None:
        try:
            plan = parse(tomllib.loads(self._file.text()))
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
