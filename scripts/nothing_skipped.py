"""A JUnit report in, an error for each test that was skipped: in CI every test must run."""

import sys
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET


def skipped(report: str) -> list[str]:
    """Name and reason of each skipped test in the XML of a JUnit report."""
    cases = ET.fromstring(report).iter("testcase")  # noqa: S314 - pytest wrote it
    return [
        f"{case.get('classname')}::{case.get('name')}: {mark.get('message')}"
        for case in cases
        if (mark := case.find("skipped")) is not None
    ]


def main(arguments: Sequence[str]) -> int:
    found = skipped(Path(arguments[0]).read_text())
    for line in found:
        print(f"ci: skipped {line}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
