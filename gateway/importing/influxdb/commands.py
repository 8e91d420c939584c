"""Words of the command line of a bucket, and what is imported of it, in; machine by machine out."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from contract.errors import Refused
from gateway.importing.influxdb import address as addresses
from gateway.importing.influxdb.address import Address
from gateway.importing.influxdb.download import TIME, Download, found
from gateway.importing.influxdb.flux import EARLIEST_NS, LATEST_NS, Wanted
from gateway.importing.influxdb.page import NS_PER_MS
from gateway.importing.influxdb.series import Found, Machine, aside, is_ours, machines
from gateway.importing.influxdb.server import Server
from gateway.importing.report import progress, say
from gateway.importing.sources import Source
from gateway.importing.tables import ParquetTable
from gateway.importing.wishes import Wishes

_OF_BUCKETS: Final = ("measurement", "field", "tag", "device_tag", "ignore_tag", "token_file", "to")
_OF_FILES: Final = ("time", "time_format", "period", "split")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``import`` understands of a bucket."""
    add = parser.add_argument_group("of a bucket of InfluxDB 2").add_argument
    add("--measurement", action="append", default=[], metavar="NAME", help="may be repeated")
    add("--field", action="append", default=[], metavar="NAME", help="may be repeated")
    add("--tag", action="append", default=[], metavar="TAG=VALUE", help="only series with it")
    add("--device-tag", default="", metavar="TAG", help="a machine a value of it, called so")
    add("--ignore-tag", action="append", default=[], metavar="TAG",
        help="one that tells no columns apart, such as a version")  # fmt: skip
    add("--to", metavar="TIME", help="before when; --from: since when")
    add("--token-file", type=Path, metavar="FILE",
        help=f"has the token (else the variable {addresses.VARIABLE})")  # fmt: skip


def check_alone(args: argparse.Namespace) -> None:
    """Raises Refused: something was said that is of files, or of buckets, and there is none."""
    are = [addresses.is_one(text) for text in args.paths]
    if any(are) and len(are) > 1:
        raise Refused("A bucket is imported by itself: one address, and no file beside it.")
    words, kind = (_OF_FILES, "a bucket") if any(are) else (_OF_BUCKETS, "a file")
    for word in words:
        if getattr(args, word):
            raise Refused(f"--{word.replace('_', '-')} says nothing of {kind}.")


class Bucket:
    """One that somebody wants to import."""

    def __init__(
        self,
        args: argparse.Namespace,
        *,
        pairs: Callable[[list[str], str], dict[str, str]],
        ms: Callable[[str], int],
    ) -> None:
        """Raises Refused: it cannot be told what is meant; there is no token."""
        self._args = args
        self._address: Address = addresses.parsed(args.paths[0])
        self._token = addresses.token(args.token_file)
        self._wanted = Wanted(
            measurements=args.measurement,
            fields=args.field,
            tags=pairs(args.tag, "--tag"),
            from_ns=ms(args.from_) * NS_PER_MS if args.from_ else EARLIEST_NS,
            to_ns=ms(args.to) * NS_PER_MS if args.to else LATEST_NS,
        )
        if self._wanted.from_ns >= self._wanted.to_ns:
            raise Refused("--from is not before --to.")

    @contextmanager
    def opened(self) -> Iterator[tuple[list[str], Callable[[Path], Iterator[Source]]]]:
        """Whose it is (empty: one machine's), and how to read one after the other, in that order.

        Raises GatewayError.
        """
        with Server(self._address, self._token) as server:
            what = found(server, self._address.bucket, self._wanted)
            by = self._args.device_tag
            ignored = aside(what.numbers, self._args.ignore_tag)
            every, without = machines(what.numbers, by=by, ignored=ignored)
            if without:
                say(f"{without} series have no tag {by}, and are taken for no machine")
            names = [machine.name for machine in every if machine.name is not None]
            yield names, lambda folder: self._sources(server, what, every, folder)

    def _sources(
        self, server: Server, what: Found, every: list[Machine], folder: Path
    ) -> Iterator[Source]:
        by = self._args.device_tag
        for machine in every:
            download = Download(
                server,
                self._address.bucket,
                wanted=self._wanted,
                what=what,
                machine=machine,
                by=by,
            )
            with ExitStack() as stack:
                with progress("rows fetched") as told:
                    file, content = stack.enter_context(download.file(folder, told=told))
                table = ParquetTable(file)
                yield self._source(machine, table, content, is_ours=is_ours(what.numbers))

    def _source(
        self, machine: Machine, table: ParquetTable, content: str, *, is_ours: bool
    ) -> Source:
        address = self._address
        base = self._args.device or ("" if machine.name else address.bucket)
        whose = f"; {self._args.device_tag} is {machine.name}" if machine.name else ""
        table.kind = f"InfluxDB at {address.url}, {address.org}/{address.bucket}{whose}"
        name = "-".join(each for each in (base, machine.name) if each)
        return Source(
            table=table,
            name=self._args.paths[0],
            device=name,
            content=content,
            is_exact=is_ours,
        )


def wishes_of(wishes: Wishes) -> Wishes:
    """The same of a bucket: its times are known."""
    return replace(wishes, time_column=TIME, time_format="ms", from_ms=None)
