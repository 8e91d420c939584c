"""What a lab instrument is measured by: figures with their definitions, and their params."""

from dataclasses import replace

from contract.assets.capabilities import (
    HEALTH,
    RELIABILITY,
    business,
    inactivity_after,
    running_hours,
)
from contract.assets.words import Goal, Kpi, Param

_ISO_22400 = "ISO 22400-2:2014"
_RUNS = "state == running"
_BUSINESS = business(
    price=Param(
        name="price_per_sample",
        title="Price of a sample",
        unit="GBP",
        default=1.2,
        source="an example: what the lab charges for one, without tax",
    ),
    earned="increase(samples) * price_per_sample",
    of="samples at the price of their time",
    runs=_RUNS,
    headline=True,
)

PARAMS = (
    *_BUSINESS.params,
    Param(
        name="calibration_interval",
        title="Running hours between calibrations",
        unit="h",
        default=200.0,
        source="an example: the maker's manual has the right one",
    ),
    Param(
        name="service_interval",
        title="Samples between services of the pump",
        unit="1",
        default=10_000.0,
        source="an example: the maker's manual has the right one",
    ),
    inactivity_after(96.0),
)

KPIS = (
    Kpi(
        name="planned_utilisation_percent",
        title="Utilisation of planned time",
        unit="%",
        formula=f"time({_RUNS}) / duration()",
        planned=True,
        source="running over planned time. Maintenance that was planned is in it, which the "
        "availability of ISO 22400-2 leaves out. Without a plan it cannot be told",
    ),
    replace(running_hours(_RUNS), source="time in that state"),
    Kpi(
        name="samples_done",
        title="Samples done",
        unit="1",
        formula="increase(samples)",
        role="output",
        decimals=0,
        headline=True,
        source="what its counter grew by",
    ),
    Kpi(
        name="throughput_per_h",
        title="Throughput",
        unit="1/h",
        formula="increase(samples) / duration()",
        source="samples an hour of measured time, whatever it did in it",
    ),
    Kpi(
        name="samples_per_h",
        title="Samples an hour of running",
        unit="1/h",
        formula=f"increase(samples) / time({_RUNS})",
        role="productivity",
        by="operator",
        source="operator efficiency: samples over the time it ran, of each operator alone",
    ),
    Kpi(
        name="sample_s",
        title="Time of a sample",
        unit="s",
        formula="sum(sample.duration) / count(sample)",
        source="mean time from the start of a sample to its end",
    ),
    Kpi(
        name="right_percent",
        title="Right first time",
        unit="%",
        formula="sum(sample.right) / count(sample)",
        role="quality",
        goal=Goal(at_least=95.0),
        source=f"{_ISO_22400}, first pass yield: the share of samples that need not be run again",
    ),
    Kpi(
        name="availability_percent",
        title="Availability",
        unit="%",
        formula="time(state.element != down) / duration()",
        role="availability",
        goal=Goal(at_least=95.0),
        planned=True,
        source=f"{_ISO_22400}, availability: the operational share of planned time. What waits "
        "for samples is operational. Without a plan it cannot be told",
    ),
    *RELIABILITY,
    *_BUSINESS.kpis,
    HEALTH,
)
