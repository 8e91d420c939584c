"""Readings of machines as files, and their figures over time: CSV and Parquet, streamed."""

from collections.abc import Sequence
from typing import Any, Final

from fastapi import APIRouter, Response

from gateway.api import kpi_export
from gateway.api.columns import table_of
from gateway.api.context import Context, Ctx
from gateway.api.csv_form import PLAIN
from gateway.api.export import CsvExport
from gateway.api.export_params import (
    CsvQuery,
    CsvsQuery,
    ExportQuery,
    ExportsQuery,
    KpisCsvQuery,
)
from gateway.api.openapi import answers
from gateway.api.params import DeviceName, Query
from gateway.api.parquet_export import ParquetExport
from gateway.api.sources import extent_of, left_out_of, sources_of
from gateway.api.streaming import streamed
from gateway.twin.fleet import Device

router = APIRouter(tags=["History"])

_CSV: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Readings in order of time, machine by machine.",
        "content": {
            "text/csv": {
                "example": "time_ms,time,board_time_ms,device,epoch,seq,temperature [°C],"
                "rpm [rpm],current [A],vibration [mm/s],ambient [°C],power_w,truth,diagnosis,"
                "asset\n1763629200123,2025-11-20T09:00:00.123Z,1763629200123,fan-01,9f2c41aa-7,1041,"
                "41.2,1187,1.08,0.82,,12.96,normal,normal,fan\n"
            }
        },
    }
}
_KPIS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "A row a bucket in which a machine measured.",
        "content": {
            "text/csv": {
                "example": "time_ms,time,end,label,device,asset,energy_wh [Wh],cost [GBP],"
                "coverage,reasons\n1763596800000,2025-11-20T00:00:00.000+00:00,"
                "2025-11-21T00:00:00.000+00:00,2025-11-20,fan-01,fan,311.04,0.082,0.998,\n"
            }
        },
    }
}
_PARQUET: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "A Parquet file.",
        "content": {ParquetExport.media_type: {"example": "PAR1…"}},
    }
}


@router.get(
    "/devices/{device}/export.csv",
    summary="Readings as CSV",
    responses=answers(None, None, 404) | _CSV,
    response_class=Response,
)
async def as_csv(device: DeviceName, query: Query[CsvQuery], context: Ctx) -> Response:
    """A device's readings as CSV, however many: all there are, or those of the range.

    Channels have their units in brackets, and are empty where they were not measured or were set
    aside; `power_w` is worked out of them, at the parameters of their time. `time` is `time_ms` in
    ISO 8601 (UTC, or of `time_zone`), `board_time_ms` what the device's own clock said, empty where
    it said nothing. `diagnosis` is the class that stood when the reading was measured; it is empty
    where nothing was judged. For a spreadsheet of another country: `decimal=comma&units=row`.

    ```sh
    curl -s 'http://127.0.0.1:8000/devices/fan-01/export.csv?from=2025-11-20T00:00:00Z'
    ```
    """
    return await _csv([context.services.fleet.get(device)], query, context, name=device)


@router.get(
    "/export.csv",
    summary="Readings of many as CSV",
    responses=answers(None, None, 404) | _CSV,
    response_class=Response,
)
async def many_as_csv(query: Query[CsvsQuery], context: Ctx) -> Response:
    """The same of several devices in one table, with the columns of all their types.

    ```sh
    curl -s 'http://127.0.0.1:8000/export.csv?devices=fan-01,dispenser-01&from=-1h'
    ```
    """
    return await _csv(_meant(query.only, context), query, context, name="readings")


@router.get(
    "/devices/{device}/export.parquet",
    summary="Readings as Parquet",
    responses=answers(None, None, 404) | _PARQUET,
    response_class=Response,
)
async def as_parquet(device: DeviceName, query: Query[ExportQuery], context: Ctx) -> Response:
    """A device's readings as a Parquet file with the columns of the archive's.

    Units, decimals and what is usual stand in its metadata, and so do the device and its type:
    `python -m gateway import FILE.parquet` needs no other word.

    ```sh
    curl -s -o fan-01.parquet 'http://127.0.0.1:8000/devices/fan-01/export.parquet?from=-1h'
    ```
    """
    return await _parquet([context.services.fleet.get(device)], query, context, name=device)


@router.get(
    "/export.parquet",
    summary="Readings of many as Parquet",
    responses=answers(None, None, 404) | _PARQUET,
    response_class=Response,
)
async def many_as_parquet(query: Query[ExportsQuery], context: Ctx) -> Response:
    """The same of several devices in one file; `device` says whose a row is.

    ```sh
    curl -s -o hall.parquet 'http://127.0.0.1:8000/export.parquet?devices=fan-01,dispenser-01'
    ```
    """
    return await _parquet(_meant(query.only, context), query, context, name="readings")


@router.get(
    "/kpis.csv",
    summary="KPIs over time as CSV",
    responses=answers(None, None, 404) | _KPIS,
    response_class=Response,
)
async def kpis_csv(query: Query[KpisCsvQuery], context: Ctx) -> Response:
    """Each figure of each machine in each bucket, as `/devices/{device}/kpis` has them.

    A row is a bucket in which the machine measured. A cell is empty where its figure cannot be
    told, and `reasons` says why; `coverage` is that of the figure with the least. Times are of the
    site's clock, or of `time_zone`; buckets are of the site's in any case.

    ```sh
    curl -s 'http://127.0.0.1:8000/kpis.csv?bucket=day&from=-30d&names=energy_wh,cost'
    ```
    """
    made = kpi_export.asked(
        context, query, bucket=query.bucket, only=query.only, names=query.asked, form=query.form
    )
    return await streamed(context, made, name=f"kpis-{query.bucket}")


def _meant(only: Sequence[str] | None, context: Context) -> list[Device]:
    fleet = context.services.fleet
    return [*fleet] if only is None else [fleet.get(name) for name in only]


async def _csv(
    devices: Sequence[Device], query: CsvQuery, context: Context, *, name: str
) -> Response:
    sources = sources_of(devices, query.form, context)
    extent = await extent_of(devices, query, context)
    table = table_of((each.asset for each in devices), query.form)
    made = CsvExport(sources, table.header, extent, left_out=left_out_of(query))
    return await streamed(context, made, name=name)


async def _parquet(
    devices: Sequence[Device], query: ExportQuery, context: Context, *, name: str
) -> Response:
    made = ParquetExport(
        sources_of(devices, PLAIN, context),
        await extent_of(devices, query, context),
        site=context.services.settings.site,
        left_out=left_out_of(query),
    )
    return await streamed(context, made, name=name)
