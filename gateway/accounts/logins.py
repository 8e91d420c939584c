"""The broker's logins as the gateway sees to them while it runs. Blocks for as long as files do."""

from pathlib import Path

from contract.errors import NotFound
from gateway.accounts.credentials import Credential, Credentials
from gateway.accounts.rights import Role


class Logins:
    """Logins of boards; the running broker follows at once."""

    def __init__(self, data_dir: Path, *, site: str) -> None:
        self._credentials = Credentials(data_dir, site=site)
        self._seen: tuple[object, frozenset[str]] = ((), frozenset())

    def has(self, device: str) -> bool:
        """Whether a board has a login of this name; readers and our own processes are none.

        Cheap enough to be asked for each message: files are read where they changed.
        """
        version = self._credentials.version()  # first: a change while they are read is read again
        if not version or version != self._seen[0]:
            self._seen = (version, self._credentials.devices())
        return device in self._seen[1]

    def is_taken(self, name: str) -> bool:
        """Whether there is a login of this name, whose it may be."""
        return self._credentials.knows(name)

    def boards(self) -> list[str]:
        """Every board that has a login."""
        return self._credentials.boards()

    def take(self, device: str) -> bool:
        """Take the login away, with whoever is connected by it; whether there was one.

        Raises:
            Unavailable: the files cannot be written, or the broker is another user's.
        """
        had = True
        try:
            self._credentials.remove([device], role=Role.DEVICE)
        except NotFound:
            had = False
        self._credentials.reload()  # whoever took it before may have ended before this
        return had

    def make(self, device: str, *, renew: bool = False) -> Credential:
        """A login with a random password, which nobody can read here afterwards.

        Raises:
            Refused: it is no name. Conflict: there is one of that name, and ``renew`` is not set.
            Unavailable: the files cannot be written, or the broker is another user's.
        """
        [made] = self._credentials.add([device], role=Role.DEVICE, renew=renew)
        self._credentials.reload()
        return made
