"""`make up`: settings, free ports; then supervisord, until Ctrl-C or `make down`."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.panel import Panel

from contract.errors import GatewayError
from contract.settings import JOURNAL
from gateway.journal import aside
from hosting.private import close, keep_private
from scripts import ready
from scripts.broker import provision
from scripts.hold import Hold, held
from scripts.logs import Tail, show
from scripts.ports import busy
from scripts.processes import IN_ORDER_OF_START, LISTENER, MARK, Supervisor, gone, stop_members
from scripts.settings import ROOT, Settings, SettingsError, load
from scripts.table import welcome
from scripts.usage import take_no_arguments

AS_ROOT: Final = (
    "edgetwin runs as root, so whoever breaks into one of its processes is root: start it as a "
    "user of its own, or let Docker or systemd do so (see SECURITY.md)."
)
_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_POLL_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 60.0
_READY_WITHIN_S: Final = 120.0
_STARTED_WITHIN_S: Final = 20.0


class UpError(Exception):
    """edgetwin cannot be started; the text says why and what to do."""


def chosen(settings: Settings) -> list[str]:
    """The processes that these settings and this machine make, in the order of start."""
    wanted = {"influxdb": runs_influxdb(settings), "devices": bool(settings.kinds)}
    return [name for name in IN_ORDER_OF_START if wanted.get(name, True)]


def runs_influxdb(settings: Settings) -> bool:
    """Whether the influxd that `make influx` built is to run: not when .env names a server."""
    built = settings.data_dir / "influxdb" / "influxd"
    return built.is_file() and not settings.influxdb_url


def influxdb_line(settings: Settings) -> str:
    if settings.influxdb_url:
        return f"InfluxDB: the gateway writes to {settings.influxdb_url} (EDGETWIN_INFLUXDB_URL)."
    if runs_influxdb(settings):
        return f"InfluxDB: running on port {settings.influxdb_port}."
    return "InfluxDB: none; the journal alone serves history. `make influx` adds it."


def environment(settings: Settings) -> dict[str, str]:
    """What supervisord and every process gets to see."""
    return {
        **os.environ,
        **settings.environment(),
        MARK: str(settings.data_dir),
        "EDGETWIN_PYTHON": sys.executable,
        "EDGETWIN_RUN_INFLUXDB": str(runs_influxdb(settings)).lower(),
        "EDGETWIN_RUN_DEVICES": str(bool(settings.kinds)).lower(),
        "PYTHONUNBUFFERED": "1",
    }


@contextmanager
def alone(settings: Settings) -> Iterator[Hold]:
    """Hold the data directory for us.

    Raises:
        UpError: another `make up` holds it, or one without a terminal still runs.
    """
    try:
        with held(settings) as hold:
            if Supervisor(settings).pid() is not None:
                raise UpError(_already(settings))
            yield hold
    except BlockingIOError:
        raise UpError(_already(settings)) from None


def _already(settings: Settings) -> str:
    return (
        f"edgetwin is already running on {settings.data_dir}.\n"
        "`make status` shows its processes, `make down` stops it."
    )


def check_ports(settings: Settings) -> None:
    """Raises UpError naming each port that another program holds."""
    if sentences := busy(settings, [name for name in chosen(settings) if name != "devices"]):
        raise UpError("\n".join(sentences))


def supervisord(settings: Settings) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "supervisor.supervisord", "-c", str(ROOT / "supervisord.conf")],
        cwd=ROOT,
        env=environment(settings),
        start_new_session=True,  # Ctrl-C is for us alone: we stop them in their order
    )


class Run:
    """One supervisord, its processes and their logs, from start to stop."""

    def __init__(self, settings: Settings, console: Console, hold: Hold) -> None:
        self._settings = settings
        self._console = console
        self._supervisor = Supervisor(settings)
        names = (LISTENER, *chosen(settings))
        self._tails = [Tail(settings.log_dir / f"{name}.log", name=name) for name in names]
        self._hold = hold
        self._is_swept = False
        self._stop_wanted = threading.Event()
        for number in _STOP_SIGNALS:
            signal.signal(number, lambda *_: self._stop_wanted.set())
        (settings.run_dir / "processes.json").unlink(missing_ok=True)
        self._process = supervisord(settings)

    def serve(self) -> None:
        """Wait until all answer, say where, and show the logs until something ends it.

        Raises:
            UpError: supervisord itself does not come up.
        """
        self._wait_for_supervisor()
        probes = ready.probes(self._settings)
        for name in chosen(self._settings):
            self._wait_until_ready(name, probes[name])
        if self._goes_on():
            self._say_where()
        pause_s = 0.0
        while self._outlives_supervisor(pause_s):
            pause_s = min(_LONGEST_PAUSE_S, 2 * pause_s + 1.0)

    def _outlives_supervisor(self, pause_s: float) -> bool:
        """Wait for supervisord's end; start another one unless that end was wanted."""
        while self._goes_on():
            pass
        code = self._process.poll()  # 0 after `make down`
        if self._is_swept or not code or self._stop_wanted.wait(pause_s):
            return False
        self._console.print(
            f"supervisord ended with exit code {code}: starting it again", style="bold red"
        )
        stop_members(self._settings.data_dir)  # they hold the ports, and nobody looks after them
        self._process = supervisord(self._settings)
        return True

    @property
    def begins_anew(self) -> bool:
        """Whether the directory was deleted under it, and nobody wanted it to end."""
        return self._is_swept and not self._stop_wanted.is_set()

    def stop(self) -> None:
        """Stop in reverse order, showing the logs to the end."""
        if self._process.poll() is None:
            self._console.print("Stopping …")
            self._process.terminate()  # supervisord stops them in reverse order, then itself
        while self._process.poll() is None:
            self._show_logs()
            time.sleep(_POLL_S)
        self._show_logs()
        if not gone(self._settings.data_dir, within_s=2.0):
            stop_members(self._settings.data_dir)

    def _goes_on(self) -> bool:
        """Show what was logged and wait a little; False when it is time to stop."""
        self._show_logs()
        self._is_swept = self._is_swept or self._hold.is_lost()
        if self._is_swept:
            return False
        return not self._stop_wanted.wait(_POLL_S) and self._process.poll() is None

    def _wait_for_supervisor(self) -> None:
        log = self._settings.log_dir / "supervisord.log"
        deadline_s = time.monotonic() + _STARTED_WITHIN_S
        while self._supervisor.pid() is None:
            if self._process.poll() is not None or time.monotonic() > deadline_s:
                raise UpError(f"supervisord did not start, see {log}.")
            time.sleep(_POLL_S)

    def _wait_until_ready(self, name: str, probe: Callable[[], object]) -> None:
        """Probe one process until it serves; a slow one is named, and left to its supervisor."""
        deadline_s = time.monotonic() + _READY_WITHIN_S
        while self._goes_on():
            try:
                probe()
            except ready.NotReady as reason:
                if time.monotonic() > deadline_s:
                    self._console.print(f"{name} does not answer yet: {reason}", style="bold red")
                    return
            else:
                return

    def _say_where(self) -> None:
        title, hint = "[bold green]edgetwin is running[/]", "Ctrl-C or `make down` stops it"
        panel = Panel.fit(welcome(self._settings), title=title, subtitle=hint)
        self._console.print(panel, influxdb_line(self._settings), sep="\n")

    def _show_logs(self) -> None:
        for tail in self._tails:
            for line in tail.lines():
                show(self._console, tail.name, line)


def up(settings: Settings, console: Console) -> None:
    """Run edgetwin in the foreground until it is stopped, anew where its directory is deleted.

    Raises:
        UpError: it cannot start.
        GatewayError: the logins cannot be made.
    """
    while _until_stopped(settings, console):
        where = settings.data_dir
        console.print(f"{where} was deleted: everything begins anew in it", style="bold red")
        aside.forget_loss(where / JOURNAL)  # whoever deletes all of it knows


def _until_stopped(settings: Settings, console: Console) -> bool:
    """Run it once; whether it must begin anew."""
    for number in _STOP_SIGNALS:  # as long as there is nothing to stop in order
        signal.signal(number, signal.default_int_handler)
    close(settings.data_dir)
    with alone(settings) as hold:
        if left := stop_members(settings.data_dir):
            console.print(f"Stopped what an earlier run left behind: {len(left)} process(es).")
        check_ports(settings)
        if hold.is_lost():
            return True
        provision(settings)  # before the broker, which starts together with those who log in
        run = Run(settings, console, hold)
        try:
            run.serve()
        finally:
            run.stop()
        return run.begins_anew


def main() -> int:
    console = Console(highlight=False)
    try:
        keep_private()
        settings = load()
        if os.geteuid() == 0:
            console.print(AS_ROOT, style="yellow")
        up(settings, console)
    except (GatewayError, SettingsError, UpError) as error:
        Console(stderr=True, highlight=False).print(str(error), style="bold red", markup=False)
        return 1
    except KeyboardInterrupt:
        console.print("Stopped before everything was started.")
        return 130
    console.print("Everything is stopped.")
    return 0


if __name__ == "__main__":
    take_no_arguments()
    sys.exit(main())
