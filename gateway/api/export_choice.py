"""What a command line asks for, in; the export it means, out of a journal that is read alone."""

import argparse
import sys
from collections.abc import Sequence
from functools import cached_property
from typing import Final

import apsw

from contract.assets.words import Asset
from contract.errors import Refused
from contract.settings import Settings
from contract.site_time import SiteTime
from gateway.api import event_table, kpi_export, left_out
from gateway.api.columns import table_of
from gateway.api.csv_form import Form
from gateway.api.export import CsvExport, Export, Extent, Source, newest_id
from gateway.api.instants import LATEST_MS, iso, moment_ms
from gateway.api.left_out import LeftOut
from gateway.api.offline import chosen, devices_in, offline, type_of
from gateway.api.params import RangeQuery, names_in
from gateway.api.parquet_export import ParquetExport
from gateway.api.queries.registry import tariffs_in, wall_ms
from gateway.api.relative import Clock

CSV, PARQUET = FORMATS = ("csv", "parquet")
_PARQUETS: Final = (".parquet", ".pq")
_OR_ELSE: Final = "say --leave-out-damaged for all but these."


class Chosen:
    """As ``exporting.add_arguments`` has it.

    Raises:
        Refused: a time or a zone is none, or two options do not go together.
    """

    def __init__(self, args: argparse.Namespace, settings: Settings) -> None:
        self._args, self._settings = args, settings
        clock = Clock(settings.site_time, wall_ms)
        self._from_ms = moment_ms(args.from_, clock) if args.from_ else None
        self._to_ms = moment_ms(args.to, clock, is_end=True) if args.to else None
        from_ms, to_ms = self._ends
        if from_ms > to_ms:
            raise Refused(f"--from ({iso(from_ms)}) is later than --to ({iso(to_ms)}).")
        self._is_parquet = self._format() == PARQUET
        self._check()

    @property
    def _ends(self) -> tuple[int, int]:
        return self._from_ms or 0, LATEST_MS if self._to_ms is None else self._to_ms

    def _format(self) -> str:
        args = self._args
        if args.format is not None:
            return str(args.format)
        is_called_so = args.out is not None and args.out.suffix.lower() in _PARQUETS
        return PARQUET if is_called_so else CSV

    def _check(self) -> None:
        args = self._args
        if args.kpis and (args.events or self._is_parquet or args.leave_out_damaged):
            raise Refused(
                "--kpis are a CSV of figures: not of --events, no Parquet, and nothing of them is"
                " read from the archive's files."
            )
        if args.names and not args.kpis:
            raise Refused("--names is of figures: say --kpis day, or another bucket, too.")
        if self._is_parquet and (args.unit_row or args.decimal_comma or args.zone):
            raise Refused(
                "--unit-row, --decimal-comma and --zone are of CSV: a Parquet file says its units"
                " in its metadata, and its times are of UTC."
            )
        if self._is_parquet and args.out is None and sys.stdout.isatty():
            raise Refused("A Parquet file is no text: say --out FILE.parquet.")

    @cached_property
    def _form(self) -> Form:
        args = self._args
        try:
            zone = SiteTime(args.zone) if args.zone else None
        except ValueError as error:
            raise Refused(f"--zone: {error}") from error
        return Form(has_unit_row=args.unit_row, has_comma=args.decimal_comma, zone=zone)

    def export(self, connection: apsw.Connection) -> tuple[Export, int]:
        """What is to be written, and of how many machines.

        Raises:
            NotFound: there is no such device.
            Unreadable: something of the archive cannot be read; the text names the files.
        """
        if self._args.kpis:
            return self._kpis(connection)
        sources = self._sources(connection)
        extent, spared = self._extent(connection, sources), None
        if self._args.leave_out_damaged:
            spared = LeftOut()
        if self._is_parquet:
            parquet = ParquetExport(
                sources,
                extent,
                site=self._settings.site,
                of_events=self._args.events,
                left_out=spared,
            )
            return parquet, len(sources)
        types = [each.asset for each in sources]
        lines = event_table.lines_of(*types, form=self._form) if self._args.events else None
        header = lines.header if lines else table_of(types, self._form).header
        return CsvExport(sources, header, extent, lines=lines, left_out=spared), len(sources)

    def _kpis(self, connection: apsw.Connection) -> tuple[Export, int]:
        args = self._args
        made = kpi_export.asked(
            offline(connection, self._settings),
            RangeQuery.model_construct(from_=self._from_ms, to=self._to_ms),
            bucket=args.kpis,
            only=chosen(connection, args.device) if args.device else None,
            names=names_in(args.names) if args.names else None,
            form=self._form,
        )
        return made, made.machines

    def _sources(self, connection: apsw.Connection) -> list[Source]:
        known = devices_in(connection)
        names = chosen(connection, self._args.device)
        types: dict[str, Asset] = {
            name: type_of(connection, name, known[name][1]) for name in names
        }
        table = table_of(types.values(), self._form)
        tariffs = tariffs_in(connection, self._settings)
        return [
            Source(known[name][0], name, asset, table, tariffs.params(name, asset))
            for name, asset in types.items()
        ]

    def _extent(self, connection: apsw.Connection, sources: Sequence[Source]) -> Extent:
        from_ms, to_ms = self._ends
        named = [(each.device_id, each.device) for each in sources]
        with connection:  # one snapshot
            if not self._args.leave_out_damaged:
                left_out.check(connection, named, from_ms=from_ms, to_ms=to_ms, or_else=_OR_ELSE)
            newest = newest_id(connection)
        return Extent(from_ms, to_ms, newest)
