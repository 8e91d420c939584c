"""One InfluxDB that answers questions in Flux, row by row; each refusal as a sentence."""

import csv
import json
import ssl
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from contract.errors import Misconfigured, Refused, Unavailable
from gateway.importing.influxdb.address import VARIABLE, Address

if TYPE_CHECKING:
    import httpx

_CONNECT_S: Final = 5.0
_SILENT_S: Final = 120.0  # a server that works on a question says nothing meanwhile
_KINDS: Final = "#datatype"
_ERROR: Final = "error"


class Columns(NamedTuple):
    """Of the rows that follow. ``at``: where each stands; ``kinds``: InfluxDB's words for each."""

    at: Mapping[str, int]
    kinds: list[str]


class Server:
    """Of one bucket. Lives as long as its ``with``."""

    def __init__(self, address: Address, token: str) -> None:
        """Raises Refused: no server can be called so."""
        import httpx  # noqa: PLC0415  (the gateway starts without it)

        self._address = address
        try:
            base_url = httpx.URL(address.url)
        except httpx.InvalidURL as error:
            raise Refused(f"{address.url} can be no server's address ({error}).") from error
        self._client = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Token {token}", "Accept": "application/csv"},
            timeout=httpx.Timeout(_SILENT_S, connect=_CONNECT_S),
            verify=ssl.create_default_context(),  # SSL_CERT_FILE names an authority of one's own
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def answer(self, flux: str) -> Generator[tuple[Columns, list[str]], None, None]:
        """Rows as the server sends them; one ``Columns`` for all that are alike.

        Raises:
            Misconfigured: the token is not let in, or there is no such bucket for it.
            Refused: it cannot answer that. Unavailable: it is away, or went while it answered.
        """
        import httpx  # noqa: PLC0415

        asked = {"query": flux, "dialect": {"header": True, "annotations": ["datatype"]}}
        where = {"org": self._address.org}
        try:
            with self._client.stream("POST", "/api/v2/query", params=where, json=asked) as answer:
                if answer.status_code != httpx.codes.OK:
                    answer.read()
                    raise self._refusal(answer)
                yield from self._rows(csv.reader(_lines(answer.iter_text())))
        except httpx.HTTPError as error:
            raise Unavailable(
                f"InfluxDB at {self._address.url} does not answer"
                f" ({str(error) or type(error).__name__}). What was being read is not"
                " stored: try again when it is there."
            ) from error

    def _rows(self, records: Iterable[list[str]]) -> Iterator[tuple[Columns, list[str]]]:
        columns, kinds, is_error = None, list[str](), False
        for cells in records:
            if columns is not None and cells and not cells[0] and not is_error:
                yield columns, cells
            elif not cells:
                continue
            elif cells[0] == _KINDS:
                columns, kinds = None, cells
            elif columns is None:
                columns = Columns({name: at for at, name in enumerate(cells) if name}, kinds)
                is_error = _ERROR in columns.at and "_time" not in columns.at
            else:
                raise Unavailable(
                    f"InfluxDB at {self._address.url} broke off its answer"
                    f" ({cells[columns.at.get(_ERROR, 0)]}). What was being read is not stored: try"
                    " again."
                )

    def _refusal(self, answer: "httpx.Response") -> Exception:
        said = _said(answer)
        url, org, bucket = self._address.url, self._address.org, self._address.bucket
        match answer.status_code:
            case 401 | 403:
                return Misconfigured(
                    f"InfluxDB at {url} does not let this token in ({said}): put one that may read"
                    f" {bucket!r} into {VARIABLE}, or into a file for --token-file."
                )
            case 404:
                return Misconfigured(
                    f"InfluxDB at {url} has no bucket {bucket!r} of the organisation {org!r} that"
                    f" this token may read ({said})."
                )
            case 400 | 422:
                return Refused(f"InfluxDB at {url} cannot answer what was asked: {said}.")
            case status:
                return Unavailable(f"InfluxDB at {url} answers {status} ({said}): try again later.")


def _said(answer: "httpx.Response") -> str:
    text = answer.text
    with suppress(ValueError, KeyError, TypeError):
        text = str(json.loads(text)["message"])
    return " ".join(text.split())[:300] or answer.reason_phrase


def _lines(chunks: Iterable[str]) -> Iterator[str]:
    """With their ends: a text may have some of its own."""
    rest = ""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split("\n")
        for line in lines:
            yield f"{line}\n"
    if rest:
        yield rest
