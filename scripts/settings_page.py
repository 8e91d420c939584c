"""Settings become .env.example and a table of the docs: ``python -m scripts.settings_page``."""

import re
import textwrap
from collections.abc import Iterator
from typing import Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from contract.settings import GROUPS, variable
from scripts.settings import ROOT
from scripts.usage import take_no_arguments

EXAMPLE: Final = ROOT / ".env.example"
PAGE: Final = ROOT / "docs" / "architecture.md"
_WIDTH: Final = 98
_HEAD: Final = """\
# Settings of edgetwin: copy this file to .env and uncomment what you change.
# The environment wins over .env, and .env over these defaults. Values take no quotes.
# Written by `python -m scripts.settings_page` from contract/settings.py: change it there.
"""
TABLE: Final = re.compile(r"^\| variable \| default \| \|\n(?:\|.*\n)+", re.MULTILINE)


def example() -> str:
    """All of .env.example."""
    return "\n".join([_HEAD, *(line for group in GROUPS for line in _section(group))])


def _section(group: type[BaseModel]) -> Iterator[str]:
    title = f"# ---- {(group.__doc__ or '').rstrip('.')} "
    yield title.ljust(_WIDTH, "-") + "\n"
    for field, info in group.model_fields.items():
        yield textwrap.fill(
            info.description or "", _WIDTH, initial_indent="# ", subsequent_indent="# ",
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
        yield f"#{variable(field)}={_default(info)}\n"


def table() -> str:
    """The table of docs/architecture.md, §2."""
    rows = [
        f"| `{variable(field)}` | {_shown(info)} | {_cell(info)} |"
        for group in GROUPS
        for field, info in group.model_fields.items()
    ]
    return "\n".join(["| variable | default | |", "|---|---|---|", *rows, ""])


def page() -> str:
    """docs/architecture.md with that table in it."""
    return TABLE.sub(lambda _: table(), PAGE.read_text(encoding="utf-8"), count=1)


def _default(info: FieldInfo) -> str:
    if info.default is None:
        return ""
    return f"{info.default:g}" if isinstance(info.default, float) else str(info.default)


def _shown(info: FieldInfo) -> str:
    return f"`{text}`" if (text := _default(info)) else "empty"


def _cell(info: FieldInfo) -> str:
    return (info.description or "").replace("|", r"\|")


if __name__ == "__main__":
    take_no_arguments()
    EXAMPLE.write_text(example(), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")
    print("They say what contract/settings.py says.")
