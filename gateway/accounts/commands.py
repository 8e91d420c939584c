"""``python -m gateway device`` and ``reader``: a person's word in, a login at the broker out."""

import argparse
import shlex
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from contract import assets, topics
from contract.errors import Refused
from contract.settings import Settings
from gateway.accounts import deleting, enrolment, removing
from gateway.accounts.credentials import Credential, Credentials, spool_file
from gateway.accounts.known_types import types_of
from gateway.accounts.rights import Role
from gateway.registry import decisions
from gateway.registry.decisions import Decision
from gateway.registry.removals import Removal
from hosting.audit import person
from hosting.audit.events import What

_ROLES: Final = {"device": Role.DEVICE, "reader": Role.READER}
COMMANDS: Final = tuple(_ROLES)
_HELP: Final = {
    "device": "logins of boards: each may speak for itself only",
    "reader": "logins of people and programs that only listen",
}
_REMOVE: Final = {
    "device": "remove it with all that is kept of it: login, readings, alarms, what was said of it",
    "reader": "take the login away; who uses it is cut off",
}


def add_arguments(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare ``device add|type|list|remove|delete-readings`` and ``reader add|list|remove``."""
    for kind, help_ in _HELP.items():
        parser = commands.add_parser(kind, help=help_, description=f"Keeps {help_}.")
        actions = parser.add_subparsers(dest="action", required=True)
        add = actions.add_parser("add", help="make a random password; it is shown once")
        add.add_argument("names", nargs="+", metavar="ID")
        add.add_argument("--renew", action="store_true", help="a new password for who has one")
        add.add_argument("--quiet", action="store_true", help="print the password alone")
        if kind == "device":
            add.add_argument(
                "--for-emulator",
                action="store_true",
                help="keep the password where `python -m firmware.emulator` looks for it",
            )
            add.add_argument(
                "--asset",
                metavar="TYPE",
                help="what type of machine it is, whatever its birth or its channels say",
            )
            type_ = actions.add_parser("type", help="say what type of machine a device is")
            type_.add_argument("asset", metavar="TYPE", help="see /catalogue, or generic")
            type_.add_argument("names", nargs="+", metavar="ID")
        remove = actions.add_parser("remove", help=_REMOVE[kind])
        remove.add_argument("names", nargs="+", metavar="ID")
        if kind == "device":
            remove.add_argument(
                "--login-only", action="store_true", help="its history stays, and so does its name"
            )
            remove.add_argument("--yes", action="store_true", help="do not ask once more")
            deleting.add_arguments(actions)
        actions.add_parser("list", help="who has a login")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Carry out one command line.

    Raises:
        GatewayError: it cannot be; the text says why.
    """
    credentials = Credentials(settings.data_dir, site=settings.site)
    for line in _ACTIONS[args.action](args, credentials, settings):
        print(line)  # noqa: T201 - what the person asked for
    return 0


def _add(args: argparse.Namespace, credentials: Credentials, settings: Settings) -> Iterable[str]:
    role = _ROLES[args.command]
    for_emulator = role == Role.DEVICE and args.for_emulator
    if role == Role.DEVICE and args.asset:
        _check_type(args.asset)  # before a password is made for nothing
    made = credentials.add(args.names, role=role, renew=args.renew, for_emulator=for_emulator)
    known = credentials.reload()
    _enter(settings, args, done="renewed" if args.renew else "added")
    if role == Role.DEVICE and args.asset:
        _decide(args, settings)
    if args.quiet:
        return [] if for_emulator else [credential.password for credential in made]
    if for_emulator:
        files = (spool_file(settings.data_dir, credential.username) for credential in made)
        lines = [f"{path}: written" for path in files]
    else:
        told = partial(_told_device, asset=args.asset) if role == Role.DEVICE else _told_reader
        lines = [line for credential in made for line in told(credential, settings)]
    return [*lines, _about_the_broker(known=known)]


def _remove(
    args: argparse.Namespace, credentials: Credentials, settings: Settings
) -> Iterable[str]:
    if args.command == "device" and not args.login_only:
        return _remove_whole(args, settings)
    credentials.remove(args.names, role=_ROLES[args.command])
    known = credentials.reload()
    _enter(settings, args, done="removed")
    cut_off = "Whoever used it is cut off." if known else _about_the_broker(known=known)
    return [*(f"{name}: removed" for name in args.names), cut_off]


def _remove_whole(args: argparse.Namespace, settings: Settings) -> Iterable[str]:
    names = list(dict.fromkeys(args.names))
    for name in names:
        removing.check_known(settings, name)
    if not args.yes:
        _ask_once_more(names)
    for name in names:
        now_ms = time.time_ns() // 1_000_000
        removal = Removal(by=person.user(), origin=person.origin(), time_ms=now_ms)
        rest = removing.remove(settings, name, removal)
        yield f"{name}: removed with all that was kept of it here{rest}"


def _ask_once_more(names: Iterable[str]) -> None:
    """Raises Refused: it was not confirmed."""
    for name in names:
        question = f"All that is kept of {name} is lost for good. Type its name to remove it: "
        if not sys.stdin.isatty():
            raise Refused(f"{name} would be lost with all its history: say so with --yes.")
        if input(question).strip() != name:
            raise Refused(f"{name} is not removed: that was not its name.")


def _type(args: argparse.Namespace, _: Credentials, settings: Settings) -> Iterable[str]:
    for name in args.names:
        if not topics.is_name(name):
            raise Refused(f"{name!r} cannot be a device's id: it must match {topics.NAME_PATTERN}.")
    _decide(args, settings)
    return [f"{name}: is taken for a {args.asset}" for name in args.names]


def _decide(args: argparse.Namespace, settings: Settings) -> None:
    """Leave the type for the gateway, which enters it in its registry."""
    _check_type(args.asset)
    now_ms = time.time_ns() // 1_000_000
    decision = Decision(asset=args.asset, by=person.user(), time_ms=now_ms)
    for name in args.names:
        decisions.leave(settings.data_dir, name, decision)


def _enter(settings: Settings, args: argparse.Namespace, *, done: str) -> None:
    """Leave for the audit trail who did it: a user of this machine, perhaps from another one."""
    what = What(f"{args.command}_{done}")
    for name in args.names:
        person.enter(settings.data_dir, source="accounts", what=what, detail=name)


def _list(args: argparse.Namespace, credentials: Credentials, settings: Settings) -> Iterable[str]:
    role = _ROLES[args.command]
    names = credentials.names(role)
    if role != Role.DEVICE:
        return names
    known = types_of(settings)
    return [f"{name}  {known.get(name, '-')}" for name in names]


_ACTIONS: Final[dict[str, Callable[[argparse.Namespace, Credentials, Settings], Iterable[str]]]] = {
    "add": _add,
    "remove": _remove,
    "list": _list,
    "type": _type,
}


def _about_the_broker(*, known: bool) -> str:
    if known:
        return "The running broker knows it."
    return "No broker runs on this data directory; the next `make up` knows it."


def _told_device(credential: Credential, settings: Settings, *, asset: str | None) -> list[str]:
    """The login as a person, a shell and a board's site.toml want it."""
    return [
        *_shown_once(credential),
        "  try it:",
        "    " + enrolment.publish_line(credential, settings, asset=asset),
        "  for a board, in site.toml:",
        *("    " + line for line in enrolment.site_toml(credential, settings, asset=asset)),
        "",
    ]


def _told_reader(credential: Credential, settings: Settings) -> list[str]:
    listen = [
        *enrolment.client("mosquitto_sub", credential, settings),
        "-v",
        "-t",
        f"{topics.ROOT}/#",
    ]
    return [*_shown_once(credential), "  try it:", "    " + shlex.join(listen), ""]


def _shown_once(credential: Credential) -> list[str]:
    return [
        f"{credential.username}",
        f"  username  {credential.username}",
        f"  password  {credential.password}   (shown this once: only its hash is kept)",
    ]


def _check_type(name: str) -> None:
    """Raises NotFound: there is no such type."""
    if name != assets.GENERIC:
        assets.get(name)
