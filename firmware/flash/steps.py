"""The steps from a bare board to its birth at the broker, in order, or with --dry-run said only."""

import ipaddress
import time
from dataclasses import dataclass
from pathlib import Path

from contract.access import url_of
from firmware import keys, program, site
from firmware.address import Address
from firmware.chips import CHIPS, Chip
from firmware.environment import Environment, load
from firmware.errors import BoardError, ImageError, NoBirth, PortError
from firmware.flash import files, image, ports, rom
from firmware.flash.birth import Watch
from firmware.flash.console import Console
from firmware.flash.options import Options
from firmware.flash.screen import Screen

_LOOK_S = 1.0
_LOCAL_SOCKET = "broker/local.sock"  # below the data directory: mosquitto.conf


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """All that was found out and made before the board is touched. No ``picture``: it has one."""

    options: Options
    site: site.Site
    port: str
    chip: Chip
    picture: Path | None
    files: dict[str, bytes]

    @property
    def kilobytes(self) -> str:
        return f"{sum(map(len, self.files.values())) / 1024:.0f} KB"


def flash(options: Options, *, screen: Screen) -> None:
    """Carry the steps out, or with ``dry_run`` say them.

    Raises:
        SetUpError: one cannot be done; the text says why and what to do.
    """
    plan = _prepare(options, screen)
    if options.dry_run:
        _say(plan, screen)
    else:
        _carry_out(plan, screen)


# ---------------------------------------------------------------- before the board is touched


def _prepare(options: Options, screen: Screen) -> _Plan:
    wanted = site.read(options.site)
    port = _port(options)
    chip = _chip(options, wanted, port, screen)
    site.check_pins(wanted, chip)
    _warn_of_loopback(wanted, screen)
    picture = None if options.program_only else _image(options, chip, screen)
    with screen.step(f"compile the program for {chip.title} with mpy-cross"):
        carried = program.board(
            asset=wanted.device.asset,
            arch=chip.mpy_arch,
            settings=site.settings(wanted, chip, update_key=_update_key(options, wanted)),
            authority=site.authority(wanted, options.site.parent),
        )
    return _Plan(options=options, site=wanted, port=port, chip=chip, picture=picture, files=carried)


def _update_key(options: Options, wanted: site.Site) -> bytes:
    """What later updates are signed with; a dry run makes none."""
    if options.dry_run:
        return b""
    return keys.made(load().data_dir, wanted.device.id)


def _port(options: Options) -> str:
    there = ports.listed()
    if options.port:
        ports.check(options.port, there)
        return options.port
    likely = [port for port in there if port.likely]
    if len(likely) != 1:
        raise PortError(f"Name the board's port with --port.\n{ports.describe(there)}")
    ports.check(likely[0].device, there)
    return likely[0].device


def _chip(options: Options, wanted: site.Site, port: str, screen: Screen) -> Chip:
    """The chip that is there, which must be the one that was named."""
    named = options.chip or wanted.chip
    if options.dry_run or options.program_only:
        if named is None:
            raise BoardError(
                "Name the chip with --chip: with these options the board is not asked."
            )
        return CHIPS[named]
    with screen.step(f"ask the board on {port} for its chip, with esptool"):
        found = rom.identify(port)
    if named is not None and found.name != named:
        raise BoardError(
            f"The board on {port} has an {found.title}, not an {CHIPS[named].title}: "
            f"use --chip {found.name}, or another board."
        )
    screen.line(f"     it is an {found.title}")
    return found


def _warn_of_loopback(wanted: site.Site, screen: Screen) -> None:
    host = wanted.broker.host
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if loopback:
        screen.line(
            f"     careful: broker.host = {host} is this machine only; a board on Wi-Fi needs its "
            "address on the network"
        )


def _image(options: Options, chip: Chip, screen: Screen) -> Path:
    if not options.image:
        raise ImageError(f"No image was named. {image.where_to_get(chip)}")
    with screen.step(f"take MicroPython from {options.image} and check it") as progress:
        return image.obtain(
            options.image,
            chip=chip,
            sha256=options.image_sha256,
            cache=image.CACHE,
            progress=progress,
        )


# ---------------------------------------------------------------- the board


def _say(plan: _Plan, screen: Screen) -> None:
    wanted = plan.site
    if plan.picture is not None:
        command = " ".join(rom.write_arguments(plan.port, plan.chip, plan.picture))
        screen.line(f"  then: esptool {command}")
    screen.line(f"  then: mpremote copies {len(plan.files)} files, {plan.kilobytes}, checks them:")
    for path, data in plan.files.items():
        screen.line(f"          {len(data):6d} B  /{path}")
    screen.line(f"  then: the board restarts and joins {wanted.wifi.ssid}")
    screen.line(
        f"  then: wait up to {plan.options.wait_s:.0f} s for {wanted.topic('birth')} at "
        f"{wanted.broker.host}:{wanted.broker.port}"
    )
    screen.line("Nothing was written.")


def _carry_out(plan: _Plan, screen: Screen) -> None:
    environment = load()
    broker = plan.site.broker
    with Watch(_address(plan, environment), topic=plan.site.topic("birth")) as watch:
        if plan.picture is not None:
            title = f"erase the flash and write MicroPython to {plan.port}"
            with screen.step(title) as progress:
                rom.write(plan.port, chip=plan.chip, image=plan.picture, progress=progress)
        with screen.step(f"copy {len(plan.files)} files, {plan.kilobytes}") as progress:
            files.install(plan.port, plan.files, progress=progress)
        with screen.step(f"start it and wait for its birth at {broker.host}"):
            files.start(plan.port)
            with Console(plan.port, broker_port=broker.port, say=screen.board) as console:
                _wait(watch, console, plan.options.wait_s)
    screen.line(
        f"{plan.site.device.id} is there. See it on "
        f"{url_of(broker.host, environment.dashboard_port)}/dashboard"
    )


def _address(plan: _Plan, environment: Environment) -> Address:
    """With our own login, or through the socket of the broker of `make up`, or as any board.

    Not as this board where it can be helped: that broker would disconnect it for us.
    """
    broker = plan.site.broker
    own = bool(environment.broker_username)
    local = environment.data_dir / _LOCAL_SOCKET
    return Address(
        host=broker.host,
        port=broker.port,
        username=environment.broker_username if own else broker.username,
        password=environment.broker_password if own else broker.password,
        ca=str(plan.options.site.parent / broker.ca) if broker.ca else "",
        local=local if local.is_socket() and not own else None,
    )


def _wait(watch: Watch, console: Console, wait_s: float) -> None:
    deadline_s = time.monotonic() + wait_s
    while watch.news(_LOOK_S) is None:
        if console.hopeless or time.monotonic() >= deadline_s:
            raise NoBirth(
                console.advice
                or f"The board is set up, but said nothing in {wait_s:.0f} s. Press its RESET "
                "button; docs/boards.md tells what its lamp means."
            )
