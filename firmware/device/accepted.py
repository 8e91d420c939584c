"""Which updates this board has accepted, in a file that survives restarts and loss of power.

A manifest is worth nothing after it was used: its number is remembered. Those of earlier lives are
worth nothing anyhow, because they name another epoch, so the last few are enough. The build that
was accepted last is remembered too: it may have been rolled back, and what is older still does not
come in its place.
"""

from firmware.device import slots

_MOST_NUMBERS = 16


class Accepted:
    """What the file at ``path`` remembers; nothing where there is none."""

    def __init__(self, path: str) -> None:
        self._path = path
        state = slots.kept(path, _is_right) or {"version": "", "build": 0, "numbers": []}
        self.version: str = state["version"]
        self.build: int = state["build"]
        self._numbers: list[str] = state["numbers"]

    def has(self, number: str) -> bool:
        return number in self._numbers

    def remember(self, number: str, *, version: str, build: int) -> None:
        """From now on the manifest called ``number`` is used.

        Raises:
            OSError: the flash took it not; then it must not be carried out either.
        """
        numbers = self._numbers[1 - _MOST_NUMBERS :] + [number]  # noqa: RUF005 - MicroPython
        slots.keep(self._path, {"version": version, "build": build, "numbers": numbers})
        self.version, self.build, self._numbers = version, build, numbers


def _is_right(state) -> bool:
    return (
        isinstance(state["version"], str)
        and type(state["build"]) is int
        and isinstance(state["numbers"], list)
        and all(isinstance(number, str) for number in state["numbers"])
    )
