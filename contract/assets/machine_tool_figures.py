"""What a machine tool is measured by: OEE of ISO 22400, energy and carbon of a good part."""

from dataclasses import replace

from contract.assets.capabilities import HEALTH, PRICES, RELIABILITY, business, inactivity_after
from contract.assets.words import Goal, Kpi, Param

_ISO_22400 = "ISO 22400-2:2014"
# Written as shares of what they are shares of, so that no bound of theirs goes beyond 0 and 1.
_PRODUCING = "time(state.element == producing)"
_PLANNED_BUSY = f"({_PRODUCING} + time(state.element in (setup, standby, down)))"
_GOOD, _SCRAP = "count(part, part.good > 0)", "count(part, part.good <= 0)"
_BUSINESS = business(
    price=Param(
        name="price_per_part",
        title="Price of a good part",
        unit="GBP",
        default=0.8,
        source="an example: what is charged for one, without material and tax",
    ),
    earned=f"{_GOOD} * price_per_part",
    of="good parts at the price of their time",
    runs="state.element == producing",
)
_FAILURES, _MTBF, _MTTR = RELIABILITY

PARAMS = (
    Param(
        name="ideal_cycle",
        title="Planned time of a part",
        unit="s",
        default=40.0,
        source="planned run time per item (PRI) of ISO 22400-2: of the work plan, loading included",
    ),
    Param(
        name="wear_limit",
        title="Wear at which a tool is changed",
        unit="µm",
        default=300.0,
        source="flank wear VB = 0.3 mm: ISO 3685 (turning), ISO 8688 (milling)",
    ),
    Param(
        name="efficiency",
        title="Efficiency of the spindle's drive",
        unit="1",
        default=0.85,
        source="data sheet of motor and converter",
    ),
    *_BUSINESS.params,
    *PRICES,
    inactivity_after(96.0),
)

KPIS = (
    Kpi(
        name="availability_percent",
        title="Availability",
        unit="%",
        formula=f"{_PRODUCING} / {_PLANNED_BUSY}",
        role="availability",
        goal=Goal(at_least=85.0),
        planned=True,
        source=f"{_ISO_22400}, availability: actual production time (APT) over planned busy time "
        "(PBT), which is the time of the shift plan without breaks and planned maintenance. "
        "Without a plan it cannot be told",
    ),
    Kpi(
        name="performance_percent",
        title="Performance",
        unit="%",
        formula="ideal_cycle * count(part) / time(state.element == producing)",
        role="performance",
        goal=Goal(at_least=90.0, at_most=100.0),
        planned=True,
        source=f"{_ISO_22400}, effectiveness: planned time of a part times all parts over APT. "
        "Above 100 % is shown: then the planned time is not what a part takes",
    ),
    Kpi(
        name="quality_percent",
        title="Quality",
        unit="%",
        formula=f"{_GOOD} / ({_GOOD} + {_SCRAP})",
        role="quality",
        goal=Goal(at_least=95.0),
        planned=True,
        source=f"{_ISO_22400}, quality ratio: good parts over all parts. A part found bad later "
        "counts to the shift in which it was made",
    ),
    Kpi(
        name="oee_percent",
        title="OEE",
        unit="%",
        formula=f"ideal_cycle * {_GOOD} / {_PLANNED_BUSY}",
        role="oee",
        headline=True,
        goal=Goal(at_most=100.0),
        planned=True,
        source=f"{_ISO_22400}, overall equipment effectiveness: availability x performance x "
        "quality, which is the planned time of the good parts over PBT",
    ),
    Kpi(
        name="teep_percent",
        title="TEEP",
        unit="%",
        formula=f"ideal_cycle * {_GOOD} / elapsed()",
        source="total effective equipment performance: as OEE, of all time and not of planned time",
    ),
    Kpi(
        name="parts",
        title="Parts",
        unit="1",
        formula="count(part)",
        decimals=0,
        source="produced quantity (PQ)",
    ),
    Kpi(
        name="good_parts",
        title="Good parts",
        unit="1",
        formula=_GOOD,
        role="output",
        decimals=0,
        headline=True,
        source="good quantity (GQ)",
    ),
    Kpi(
        name="scrap_percent",
        title="Scrap",
        unit="%",
        formula=f"{_SCRAP} / ({_GOOD} + {_SCRAP})",
        goal=Goal(at_most=5.0),
        source=f"{_ISO_22400}, scrap ratio: parts that are not good over all parts, whatever was "
        "planned",
    ),
    Kpi(
        name="cycle_s",
        title="Time of a part",
        unit="s",
        formula="sum(part.cycle_time) / count(part)",
        source="mean time of a part, as the control tells it",
    ),
    Kpi(
        name="energy_kwh",
        title="Energy",
        unit="kWh",
        formula="integral(power)",
        role="energy",
        decimals=2,
        headline=True,
        source="the trapezoid of power over measured time",
    ),
    Kpi(
        name="cost",
        title="Cost",
        unit="GBP",
        formula="integral(power) * price_per_kwh",
        role="cost",
        decimals=2,
        source="energy at the tariff of its time",
    ),
    Kpi(
        name="co2_kg",
        title="CO₂",
        unit="kg",
        formula="integral(power) * co2_per_kwh",
        role="co2",
        decimals=2,
        source="energy at the grid's factor, in CO₂ equivalent",
    ),
    Kpi(
        name="energy_kwh_per_part",
        title="Energy a good part",
        unit="kWh",
        formula=f"integral(power) / {_GOOD}",
        role="efficiency",
        decimals=3,
        goal=Goal(at_most=0.15),
        source="all energy over good parts: what scrap and waiting took is in it",
    ),
    Kpi(
        name="co2_kg_per_part",
        title="CO₂ a good part",
        unit="kg",
        formula=f"integral(power) * co2_per_kwh / {_GOOD}",
        decimals=3,
        source="all of its electricity's CO₂ equivalent over good parts; material and tools are "
        "not in it",
    ),
    Kpi(
        name="idle_energy_kwh",
        title="Energy while not running",
        unit="kWh",
        formula="integral(power * where(state.element == producing, 0, 1))",
        decimals=2,
        source="power while no part is made",
    ),
    Kpi(
        name="running_h",
        title="Running",
        unit="h",
        formula="time(state.element == producing)",
        role="running",
        decimals=2,
        source="actual production time (APT)",
    ),
    Kpi(
        name="setup_percent",
        title="Set-up",
        unit="%",
        formula="time(state.element == setup) / duration()",
        source="share of measured time in which tools and jobs were changed (AUST)",
    ),
    Kpi(
        name="tool_changes",
        title="Tool changes",
        unit="1",
        formula="count(tool_change)",
        role="service",
        decimals=0,
        source="as the control tells them",
    ),
    Kpi(
        name="tool_wear_at_change_um",
        title="Wear at a change",
        unit="µm",
        formula="sum(tool_change.wear) / count(tool_change)",
        decimals=0,
        source="mean flank wear of the tools that were changed: far below the limit, they are "
        "changed too soon",
    ),
    _FAILURES,
    replace(
        _MTBF,
        formula="time(state.element == producing) / entries(state.element == down)",
        source="mean operating time between failures: APT over failures. Without a failure there "
        "is none, and the time over 3.0 is its bound at 95 % (Garwood)",
    ),
    _MTTR,
    *_BUSINESS.kpis,
    HEALTH,
)
