"""What figures over time stand on: machines, what people say of them, the site's shifts, a clock.

A running gateway has it (``context.Context``), and so has a journal that is read without one
(``offline``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from contract.settings import Settings
from gateway.api.shift_file import ShiftFile
from gateway.registry.register import Register
from gateway.registry.tariffs import Tariffs
from gateway.twin.fleet import Fleet


class Said(Protocol):
    """What people have said."""

    @property
    def register(self) -> Register: ...
    @property
    def tariffs(self) -> Tariffs: ...


class Known(Protocol):
    """``now_ms``: Unix milliseconds."""

    @property
    def settings(self) -> Settings: ...
    @property
    def fleet(self) -> Fleet: ...
    @property
    def registrar(self) -> Said: ...
    @property
    def now_ms(self) -> Callable[[], int]: ...


class Ground(Protocol):
    """All of it."""

    @property
    def services(self) -> Known: ...
    @property
    def shifts(self) -> ShiftFile: ...


@dataclass(frozen=True)
class AllSaid:
    """A ``Said`` of whoever has no registrar that runs."""

    register: Register
    tariffs: Tariffs


@dataclass(frozen=True)
class AllKnown:
    """A ``Known`` likewise."""

    settings: Settings
    fleet: Fleet
    registrar: AllSaid
    now_ms: Callable[[], int]
