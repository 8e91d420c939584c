"""What a pump is measured by: figures with their definitions, and their params."""

from contract.assets.capabilities import HEALTH, ac_power, running_hours
from contract.assets.words import Derived, Kpi, Param

RUNS = "current > 0.5"

POWER = ac_power(power_factor=0.85)

# Of a moment, for the classifier: a leak at the seal shows in no channel by itself.
YIELD = Derived(
    name="hydraulic_share",
    title="Share of the power in the water",
    unit="%",
    formula="(pressure - inlet_pressure) * flow / max(power, least_power)",
    judged=True,
)

PARAMS = (
    *POWER.params,
    Param(
        name="least_power",
        title="Power below which it does not pump",
        unit="W",
        default=30.0,
        source="what is less is that of a drive at rest",
    ),
    Param(
        name="specific_weight",
        title="Weight of a cubic metre",
        unit="N/m³",
        default=9789.0,
        source="water at 20 °C: 998.2 kg/m³ x 9.80665 m/s²",
    ),
    Param(
        name="inspection_interval",
        title="Running time between inspections",
        unit="h",
        default=4000.0,
        source="half a year of running; the maker's manual goes before",
    ),
    Param(
        name="breakdown_cost",
        title="A minute of breakdown",
        unit="GBP/min",
        default=5.0,
        source="an assumption: what a minute costs in which nobody had planned that it stands",
    ),
    Param(
        name="breakdown_time",
        title="How long a breakdown takes",
        unit="min",
        default=240.0,
        source="an assumption: fetching the part included",
    ),
    Param(
        name="repair_time",
        title="How long a planned repair takes",
        unit="min",
        default=60.0,
        source="an assumption: the part is there",
    ),
)

KPIS = (
    *POWER.kpis,
    Kpi(
        name="pumped_m3",
        title="Pumped",
        unit="m³",
        formula="integral(flow)",
        role="output",
        decimals=2,
        headline=True,
        source="flow over measured time",
    ),
    Kpi(
        name="energy_kwh_per_m3",
        title="Energy a cubic metre",
        unit="kWh/m³",
        formula="integral(power) / integral(flow)",
        role="efficiency",
        decimals=3,
        source="specific energy: all energy over all water, never a mean of ratios. A worn "
        "impeller, a leak or a clogged filter raises it",
    ),
    Kpi(
        name="head_m",
        title="Head",
        unit="m",
        formula="integral((pressure - inlet_pressure) * flow) / (specific_weight * integral(flow))",
        source="pressure behind less before it, as metres of water, by flow. Where the two "
        "gauges are of one height and their pipes of one width; else it lacks both differences",
    ),
    Kpi(
        name="efficiency_percent",
        title="Efficiency",
        unit="%",
        formula="integral((pressure - inlet_pressure) * flow) / integral(power)",
        source="wire to water: what the water gained over what was drawn, motor and drive "
        "included. As sure as the power factor",
    ),
    running_hours(RUNS),
    Kpi(
        name="starts",
        title="Starts",
        unit="1",
        formula=f"entries({RUNS})",
        decimals=0,
        source="how often it began to run",
    ),
    Kpi(
        name="availability_percent",
        title="Running of planned time",
        unit="%",
        formula=f"time({RUNS}) / duration()",
        role="availability",
        planned=True,
        source="the share of planned time in which it ran. Without a plan it cannot be told",
    ),
    Kpi(
        name="downtime_saved",
        title="Downtime saved",
        unit="GBP",
        formula="count(planned_repair) * (breakdown_time - repair_time) * breakdown_cost",
        role="gain",
        decimals=0,
        source="planned repairs that the machine told of, each taken for a breakdown that did not "
        "come: the time it spared, at the cost of a minute. Three assumptions, to be set",
    ),
    HEALTH,
)
