"""``python -m gateway report``: a running gateway's report of a period, as a file."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from contract.access import url_of
from contract.errors import Refused, Unavailable, reason
from contract.settings import Settings
from gateway.api.relative import EXAMPLES

if TYPE_CHECKING:
    import httpx

COMMAND: Final = "report"

_TIMEOUT_S: Final = 120.0
_OK: Final = 200
_KINDS: Final = {".pdf": "report.pdf", ".json": "report"}
_FILTERS: Final = {
    "asset": ("TYPE", "only machines of this type"),
    "place": ("PLACE", "only those there"),
    "group": ("GROUP", "only its machines"),
    "tag": ("TAG", "only those with it"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``report`` understands."""
    parser.description = (
        "Asks the running gateway for a report of a period: energy, alarms, OEE, and how much of"
        " it was measured. Without --from and --to it is of last week."
    )
    parser.add_argument(
        "--from",
        dest="from_",
        metavar="TIME",
        help=f"start (included): Unix ms, ISO 8601, or from now on ({EXAMPLES}: --from=-24h)",
    )
    parser.add_argument("--to", metavar="TIME", help="end (not included), likewise (now)")
    parser.add_argument(
        "--as-of",
        metavar="TIME",
        help="as it was known then, likewise (as it is known now)",
    )
    for name, (what, told) in _FILTERS.items():
        parser.add_argument(f"--{name}", metavar=what, help=told)
    parser.add_argument(
        "--device", action="append", metavar="ID", help="this device; may be repeated (all)"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="ends in .pdf, or in .json"
    )


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Write the file, which is only there once it is whole; returns an exit code.

    Raises:
        Unavailable: no gateway answers. Refused: it refuses; or the file cannot be written, or its
            name says neither PDF nor JSON.
    """
    out: Path = args.out
    kind = _KINDS.get(out.suffix.lower())
    if kind is None:
        raise Refused(f"{out} is neither a PDF nor JSON: let its name end in .pdf or .json.")
    found = _asked(kind, _query(args), settings)
    beside = out.with_name(f"{out.name}.part")
    try:
        beside.write_bytes(found)
        beside.replace(out)
    except OSError as error:
        raise Refused(f"{out} cannot be written: {reason(error)}.") from error
    finally:
        beside.unlink(missing_ok=True)
    print(f"{out}: {len(found):,} bytes")  # noqa: T201 - for whoever asked for it
    return 0


def _query(args: argparse.Namespace) -> dict[str, str]:
    asked = {"from": args.from_, "to": args.to, "as_of": args.as_of}
    asked |= {name: getattr(args, name) for name in _FILTERS}
    asked["devices"] = ",".join(args.device) if args.device else None
    return {name: value for name, value in asked.items() if value is not None}


def _asked(kind: str, query: dict[str, str], settings: Settings) -> bytes:
    import httpx  # noqa: PLC0415 - it brings a terminal's library along: a start need not wait

    url = url_of(settings.host, settings.gateway_port)
    headers = {"Authorization": f"Bearer {settings.api_token}"} if settings.api_token else {}
    try:
        answer = httpx.get(
            f"{url}/{kind}", params=query, headers=headers, timeout=_TIMEOUT_S, trust_env=False
        )
    except httpx.HTTPError as error:
        raise Unavailable(
            f"The gateway at {url} does not answer ({error}): a report is made by a running one."
        ) from error
    if answer.status_code != _OK:
        raise Refused(_sentence(answer))
    return answer.content


def _sentence(answer: "httpx.Response") -> str:
    try:
        told: Any = answer.json()
        return str(told["detail"])
    except (ValueError, KeyError, TypeError):
        return f"The gateway answered {answer.status_code}."
