"""``python -m gateway.paper``: a report as JSON in, its PDF out.

It gives way to whatever else the machine has to do.
"""

import os
import sys
from typing import Final

import msgspec

from gateway.paper.document import pdf_of

_NICE: Final = 5


def main() -> int:
    os.nice(_NICE)
    report = msgspec.json.decode(sys.stdin.buffer.read())
    sys.stdout.buffer.write(pdf_of(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
