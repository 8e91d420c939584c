"""``python -m firmware``: what is to be done with a board, one command each."""

import argparse
import sys
from collections.abc import Sequence

from firmware import update
from firmware.errors import SetUpError
from firmware.flash import command as flash


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m firmware", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    flash.add_to(commands)
    flash.add_ports_to(commands)
    update.add_to(commands)
    given = parser.parse_args(arguments)
    try:
        given.run(given)
    except SetUpError as error:
        print(f"\n{error}", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)  # noqa: T201
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
