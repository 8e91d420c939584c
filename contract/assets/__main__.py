"""``python -m contract.assets check FILE …``: files of types in, what is wrong with each out."""

import argparse
import sys
from pathlib import Path
from typing import Final

from contract.errors import WrongType
from contract.type_files.folder import read

_HELP: Final = """\
Says whether the gateway would take a type's file, and what is wrong with it otherwise. A good file
belongs in EDGETWIN_DATA_DIR/assets/, where a running gateway finds it within seconds. A commented
one to copy: docs/examples/compressor.toml
"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m contract.assets", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="check files of asset types", description=_HELP)
    check.add_argument("files", nargs="+", type=Path, metavar="FILE")
    files: list[Path] = parser.parse_args(argv).files
    good = [_is_good(path) for path in files]
    return 0 if all(good) else 1


def _is_good(path: Path) -> bool:
    try:
        asset = read(path)
    except WrongType as error:
        print(f"{path}: {error}", file=sys.stderr)  # noqa: T201 - what the person asked for
        return False
    told = f"{len(asset.channels)} channels, {len(asset.kpis)} figures, {len(asset.faults)} faults"
    print(f"{path}: good. {asset.title} ({asset.name}): {told}")  # noqa: T201 - as above
    return True


if __name__ == "__main__":
    sys.exit(main())
