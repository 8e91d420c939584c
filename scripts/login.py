"""The login of one of our processes goes into its environment, and the process takes over.

`python -m scripts.login gateway python -m gateway`: not on the command line, where `ps` shows it.
"""

import os
import sys
from typing import Final, NoReturn

from contract.errors import GatewayError
from gateway.accounts.credentials import ACCOUNTS, Credentials
from scripts.settings import SettingsError, load, name

_USAGE: Final = f"usage: python -m scripts.login {'|'.join(ACCOUNTS)} PROGRAM [ARGUMENT ...]"


def environment(account: str) -> dict[str, str]:
    """What the process of ``account`` gets to see.

    Raises:
        GatewayError: the login cannot be read.
        SettingsError: a setting is wrong.
    """
    settings = load()
    credential = Credentials(settings.data_dir, site=settings.site).own(account)
    return {
        **os.environ,
        name("broker_username"): credential.username,
        name("broker_password"): credential.password,
    }


def main() -> NoReturn:
    if len(sys.argv) < 3 or sys.argv[1] not in ACCOUNTS:  # noqa: PLR2004 - account and program
        sys.exit(_USAGE)
    try:
        given = environment(sys.argv[1])
    except (GatewayError, SettingsError) as error:
        sys.exit(f"ERROR {error}")
    command = sys.argv[2:]
    os.execvpe(command[0], command, given)  # noqa: S606 - takes our place


if __name__ == "__main__":
    main()
