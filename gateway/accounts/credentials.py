"""Logins at our own broker: names in, random passwords out, their hashes to Mosquitto's file.

Everything is below ``EDGETWIN_DATA_DIR/broker``, readable by its owner alone, and once more in
``logins`` beside it: a folder that is lost is made anew, and no board must be given a new password.
Of a board's password only the hash is kept; the passwords of our own processes and of emulated
devices are in files, because somebody must type them in at each start.
"""

import contextlib
import fcntl
import os
import secrets
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contract import topics
from contract.errors import Conflict, NotFound, Refused, Unavailable
from gateway.accounts import password_hash, rights
from gateway.accounts.password_hash import hashed, matches
from gateway.accounts.rights import Role
from hosting.private import write_new

GATEWAY: Final = topics.GATEWAY
DASHBOARD: Final = topics.DASHBOARD
UPDATER: Final = topics.UPDATER
ACCOUNTS: Final[Mapping[str, Role]] = {
    GATEWAY: Role.WRITER,
    DASHBOARD: Role.READER,
    UPDATER: Role.WRITER,
}

_SECRET_BYTES: Final = 16


@dataclass(frozen=True, kw_only=True)
class Credential:
    """A login; the name is the device's id and, as the broker sees to, the MQTT client id."""

    username: str
    password: str


def spool_file(data_dir: Path, device: str) -> Path:
    """Where the emulator looks for the login of one of its devices."""
    return data_dir / "devices" / device / "credential"


def read_file(path: Path) -> Credential | None:
    """The login that ``write_file`` left there, if there is one."""
    try:
        username, _, password = path.read_text().strip().partition(":")
    except FileNotFoundError:
        return None
    return Credential(username=username, password=password) if password else None


def write_file(path: Path, credential: Credential) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, f"{credential.username}:{credential.password}\n")


def _write(path: Path, text: str) -> None:
    """Replace ``path`` in one step by a file that its owner alone can read."""
    beside = path.with_name(f"{path.name}.new")
    write_new(beside, text.encode())
    beside.replace(path)


class Credentials:
    """All logins of the broker of one data directory."""

    def __init__(self, data_dir: Path, *, site: str) -> None:
        self._data_dir = data_dir
        self._site = site
        self.folder = data_dir / "broker"
        self._copies = data_dir / "logins"
        self._passwords = self.folder / "passwords"
        self._acl = self.folder / "acl"

    def names(self, role: Role) -> list[str]:
        """Who has a login of this kind, our own processes left out."""
        with self._book() as book:
            return [name for name in sorted(book.hashes) if book.role(name) == role]

    def boards(self) -> list[str]:
        """Who has a device's login, but for emulated ones."""
        devices = sorted(self.devices())
        return [name for name in devices if not spool_file(self._data_dir, name).exists()]

    def knows(self, name: str) -> bool:
        """Whether there is a login of this name: a look at the file that Mosquitto reads."""
        with contextlib.suppress(OSError):
            return name in _Book(_text(self._passwords), "").hashes
        return False

    def version(self) -> tuple[tuple[int, int, int], ...]:
        """Of the files that Mosquitto reads: another one for each change, at the cost of a look."""
        with contextlib.suppress(OSError):
            found = [path.stat() for path in (self._acl, self._passwords)]
            return tuple((each.st_ino, each.st_mtime_ns, each.st_size) for each in found)
        return ()

    def devices(self) -> frozenset[str]:
        """Who has a device's login: a look at the files that Mosquitto reads."""
        with contextlib.suppress(OSError):
            book = _Book(_text(self._passwords), _text(self._acl))
            return frozenset(name for name in book.hashes if book.role(name) == Role.DEVICE)
        return frozenset()

    def add(
        self, names: Iterable[str], *, role: Role, renew: bool = False, for_emulator: bool = False
    ) -> list[Credential]:
        """Give each of ``names`` a random password.

        Nobody can read it here afterwards, unless ``for_emulator`` leaves it beside the spool.

        Raises:
            Refused: a name is no name, or reserved.
            Conflict: one has a login already, of another kind or without ``renew``.
        """
        made = [Credential(username=name, password=_secret()) for name in dict.fromkeys(names)]
        with self._book() as book:
            for credential in made:
                book.check_free(credential.username, role=role, renew=renew)
            for credential in made:
                book.put(credential, role)
                self._leave(credential, for_emulator=for_emulator)
        return made

    def _leave(self, credential: Credential, *, for_emulator: bool) -> None:
        """Write the emulator's file, or take an old one away: it would come back at `make up`."""
        path = spool_file(self._data_dir, credential.username)
        if for_emulator:
            write_file(path, credential)
        else:
            path.unlink(missing_ok=True)

    def remove(self, names: Iterable[str], *, role: Role) -> None:
        """Take the logins of ``names`` away.

        Raises:
            NotFound: one has none of this kind; nothing is removed then.
        """
        wanted = list(dict.fromkeys(names))
        with self._book() as book:
            for name in wanted:
                if name in ACCOUNTS or name not in book.hashes or book.role(name) != role:
                    raise NotFound(f"There is no {role} {name!r} with a login.")
            for name in wanted:
                book.take(name)
                spool_file(self._data_dir, name).unlink(missing_ok=True)

    def own(self, account: str) -> Credential:
        """The login of one of our own processes, the same at every start."""
        paths = [folder / "accounts" / account for folder in (self.folder, self._copies)]
        with self._book() as book:
            known = [kept for kept in map(read_file, paths) if kept is not None]
            found = known[0] if known else Credential(username=account, password=_secret())
            for path in paths:
                if read_file(path) != found:
                    write_file(path, found)
            book.put(found, ACCOUNTS[account])
        return found

    def emulate(self, devices: Iterable[str]) -> list[str]:
        """Let the emulator log in as each of ``devices``; returns those that are boards already."""
        with self._book() as book:
            return [name for name in devices if not self._emulated(book, name)]

    def _emulated(self, book: "_Book", device: str) -> bool:
        path = spool_file(self._data_dir, device)
        found = read_file(path)
        if found is None:
            if device in book.hashes:
                return False
            found = Credential(username=device, password=_secret())
            write_file(path, found)
        book.put(found, Role.DEVICE)
        return True

    def keep_operator(self, credential: Credential | None) -> None:
        """Let the login that ``.env`` names do all below edgetwin/, and no earlier one.

        Raises:
            Conflict: the name belongs to a device or a reader.
        """
        with self._book() as book:
            for name in [name for name, role in book.roles.items() if role == Role.WRITER]:
                if name not in ACCOUNTS and (credential is None or name != credential.username):
                    book.take(name)
            if credential is not None:
                book.check_free(credential.username, role=Role.WRITER, renew=True)
                book.put(credential, Role.WRITER)

    def reload(self) -> bool:
        """Let a running broker read its files again, and drop whom it does not know any more.

        Raises:
            Unavailable: it belongs to another user.
        """
        pid = _running(self.folder)
        if pid is None:
            return False
        try:
            os.kill(pid, signal.SIGHUP)
        except PermissionError:
            raise Unavailable(
                f"The broker (pid {pid}) belongs to another user: only that user can tell it."
            ) from None
        return True

    @contextlib.contextmanager
    def _book(self) -> Iterator["_Book"]:
        """The files' contents, locked, and written back where they changed.

        Raises:
            Unavailable: they cannot be read or written.
        """
        try:
            for folder in (self.folder, self._copies):
                folder.mkdir(parents=True, exist_ok=True)
                folder.chmod(0o700)
            with (self.folder / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                passwords = self._kept("passwords", password_hash.is_whole)
                book = _Book(passwords, self._kept("acl", self._is_acl))
                yield book
                self._save(book)
        except OSError as error:
            raise Unavailable(
                f"The logins in {self.folder} cannot be kept ({error}): run this as the user who "
                "runs edgetwin, with room on the disk."
            ) from error

    def _kept(self, name: str, is_whole: Callable[[str], bool]) -> str:
        """What Mosquitto's file says, or its copy where that was lost, emptied or damaged."""
        texts = [_text(folder / name) for folder in (self.folder, self._copies)]
        return next(filter(is_whole, texts), texts[0] or texts[1])

    def _is_acl(self, text: str) -> bool:
        return text == rights.acl(site=self._site, roles=rights.roles(text))

    def _save(self, book: "_Book") -> None:
        """Rights first: a login never works before its limits do."""
        texts = {
            self._acl: rights.acl(site=self._site, roles=book.roles),
            self.folder / "acl-local": rights.read_only(),
            self._passwords: book.passwords(),
            self._copies / "acl": rights.acl(site=self._site, roles=book.roles),
            self._copies / "passwords": book.passwords(),
        }
        for path, text in texts.items():
            if not path.exists() or _text(path) != text:
                _write(path, text)


class _Book:
    """Hashes and roles by name, taken from Mosquitto's two files."""

    def __init__(self, passwords: str, acl: str) -> None:
        lines = (line.partition(":") for line in passwords.splitlines())
        self.hashes = {name: kept for name, _, kept in lines if kept}
        self.roles = {name: role for name, role in rights.roles(acl).items() if name in self.hashes}

    def role(self, name: str) -> Role | None:
        """None for our own processes, which are nobody's to list or remove."""
        return None if name in ACCOUNTS else self.roles.get(name, Role.DEVICE)

    def check_free(self, name: str, *, role: Role, renew: bool) -> None:
        if not topics.is_name(name):
            raise Refused(f"{name!r} is no name: it must match {topics.NAME_PATTERN}.")
        if name in ACCOUNTS:
            raise Refused(f"{name!r} is edgetwin's own login: choose another name.")
        if name in self.hashes and self.role(name) != role:
            raise Conflict(f"{name!r} is the name of a {self.role(name)}: choose another one.")
        if name in self.hashes and not renew:
            raise Conflict(f"{name!r} has a login already; --renew gives it a new password.")

    def put(self, credential: Credential, role: Role) -> None:
        """Note a login; a hash that still fits stays as it is."""
        name = credential.username
        if not matches(credential.password, self.hashes.get(name, "")):
            self.hashes[name] = hashed(credential.password)
        self.roles.pop(name, None)
        if role != Role.DEVICE:
            self.roles[name] = role

    def take(self, name: str) -> None:
        self.hashes.pop(name, None)
        self.roles.pop(name, None)

    def passwords(self) -> str:
        return "".join(f"{name}:{kept}\n" for name, kept in sorted(self.hashes.items()))


def _secret() -> str:
    return secrets.token_hex(_SECRET_BYTES)


def _text(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


def _running(folder: Path) -> int | None:
    """The broker's process id; a file that a killed broker left behind does not count."""
    try:
        pid = int(_text(folder / "mosquitto.pid"))
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    configuration = os.fsencode(folder.absolute() / "mosquitto.conf")  # as scripts.broker names it
    return pid if configuration in command.split(b"\0") else None
