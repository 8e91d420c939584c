"""Query parameters of exports: which machines, and how a CSV is written."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from contract.buckets import Bucket
from contract.site_time import SiteTime
from gateway.api.csv_form import Form
from gateway.api.params import OfNames, OfSome, QueryModel, RangeQuery


def _zone(name: str) -> str:
    SiteTime(name)  # its ValueError says what a name looks like
    return name


class FormQuery(QueryModel):
    """How a CSV is written."""

    units: Annotated[
        Literal["name", "row"],
        Field(description="`row`: units stand in a row below the header, not in its brackets."),
    ] = "name"
    decimal: Annotated[
        Literal["point", "comma"],
        Field(description="`comma`: numbers are written 1,5, and semicolons part the cells."),
    ] = "point"
    time_zone: Annotated[
        str | None,
        AfterValidator(_zone),
        Field(
            max_length=64,
            description="Of times in ISO 8601, with its offset: a name of the IANA database.",
            examples=["Europe/Berlin"],
        ),
    ] = None

    @property
    def form(self) -> Form:
        return Form(
            has_unit_row=self.units == "row",
            has_comma=self.decimal == "comma",
            zone=SiteTime(self.time_zone) if self.time_zone else None,
        )


class _MaybeDamaged(QueryModel):
    damaged: Annotated[
        Literal["refuse", "leave_out"],
        Field(
            description="Days of the archive that cannot be read: nothing is answered (503, which"
            " names them), or all but them, and the end of the file names them."
        ),
    ] = "refuse"


class ExportQuery(RangeQuery, _MaybeDamaged):
    """Of one machine, as Parquet."""


class CsvQuery(ExportQuery, FormQuery):
    """Of one machine, as CSV."""


class ExportsQuery(ExportQuery, OfSome):
    """Of several machines, as Parquet."""


class CsvsQuery(CsvQuery, OfSome):
    """Of several machines, as CSV."""


class KpisCsvQuery(OfNames, RangeQuery, OfSome, FormQuery):
    """Figures of machines over time."""

    bucket: Annotated[
        Bucket,
        Field(description="What a row is of, by the site's time, as of `/kpis`."),
    ] = "hour"
