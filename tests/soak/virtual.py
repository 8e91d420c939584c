"""An event loop whose time jumps to the next timer: hours of asyncio in the time they compute."""

import asyncio
import selectors
from collections.abc import Callable
from typing import Any


class _Leaps(selectors.SelectSelector):
    """Waits for nothing: what would be waited is passed at once."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everything waits and no timer runs: virtual time stands still")
        self.now_s += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """No sockets, no threads: ``to_thread`` runs its work where it is called."""

    def __init__(self) -> None:
        self._leaps = _Leaps()
        super().__init__(self._leaps)

    def time(self) -> float:
        return self._leaps.now_s

    def leap(self, seconds: float) -> None:
        """Let time pass while nothing in this loop runs, as if the process were stopped."""
        self._leaps.now_s += seconds

    def run_in_executor(  # type: ignore[override]  # typeshed's has type variables of its own
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - whatever a thread would hand over
            done.set_exception(error)
        return done


def run(main: Callable[[VirtualLoop], Any]) -> None:
    """Run ``main(loop)`` in virtual time until it is done."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        runner.run(main(loop))
