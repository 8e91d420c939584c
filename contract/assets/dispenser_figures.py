"""What a water dispenser is measured by: figures with their definitions, params, signs of wear."""

from contract.assets.capabilities import PRICES, RELIABILITY, inactivity_after
from contract.assets.words import Goal, Kpi, Param, Wear

_ISO_22400 = "ISO 22400-2:2014"

PARAMS = (
    Param(
        name="users",
        title="Users",
        unit="1",
        default=12.0,
        source="how many people it is there for: set it for each device",
    ),
    Param(
        name="demand_per_user",
        title="Expected of a user",
        unit="L/min",
        default=0.008,
        source="0.48 L an hour of work: what is planned with, not measured",
    ),
    Param(
        name="rated_flow",
        title="Rated flow",
        unit="L/min",
        default=2.0,
        source="data sheet of the valve",
    ),
    Param(
        name="tolerance",
        title="Tolerance of the hot water",
        unit="K",
        default=1.0,
        source="either side of the set point",
    ),
    Param(
        name="wait_step",
        title="Resolution of the response time",
        unit="s",
        default=1.0,
        source="in such steps the 95 % are told",
    ),
    Param(
        name="descaling_interval",
        title="Litres between descalings",
        unit="L",
        default=2000.0,
        source="water of middling hardness, 1.5 to 2.5 mmol/L: half of it for hard water",
    ),
    *PRICES,
    inactivity_after(72.0),
)

KPIS = (
    Kpi(
        name="energy_kwh",
        title="Energy",
        unit="kWh",
        formula="increase(energy)",
        role="energy",
        decimals=2,
        headline=True,
        source="what the meter counted, over gaps and over its end",
    ),
    Kpi(
        name="cost",
        title="Cost",
        unit="GBP",
        formula="increase(energy) * price_per_kwh",
        role="cost",
        decimals=2,
        source="energy at the tariff of its time",
    ),
    Kpi(
        name="co2_g",
        title="CO₂",
        unit="g",
        formula="increase(energy) * co2_per_kwh",
        role="co2",
        decimals=0,
        source="energy at the grid's factor",
    ),
    Kpi(
        name="dispensed_l",
        title="Dispensed",
        unit="L",
        formula="increase(litres)",
        role="output",
        decimals=1,
        headline=True,
        source="what the flow meter counted",
    ),
    Kpi(
        name="energy_kwh_per_l",
        title="Energy a litre",
        unit="kWh/L",
        formula="increase(energy) / increase(litres)",
        role="efficiency",
        decimals=3,
        goal=Goal(at_most=0.1),
        source="energy efficiency: all energy over all litres, never a mean of ratios",
    ),
    Kpi(
        name="idle_energy_kwh",
        title="Energy while inactive",
        unit="kWh",
        formula="integral(power * where(state in (idle, error), 1, 0))",
        decimals=2,
        source="non-productive consumption: power while nobody chooses and nothing flows",
    ),
    Kpi(
        name="availability_percent",
        title="Availability",
        unit="%",
        formula="time(state.element != down) / duration()",
        role="availability",
        goal=Goal(at_least=95.0),
        planned=True,
        source=f"{_ISO_22400}, availability: the operational share of planned time. Who waits "
        "for people is operational. Without a plan it cannot be told",
    ),
    Kpi(
        name="flowing_percent",
        title="Flowing",
        unit="%",
        formula="time(flow > 0) / duration()",
        source="the share of the time in which water flows",
    ),
    Kpi(
        name="performance_percent",
        title="Performance",
        unit="%",
        formula="increase(litres) / (demand_per_user * users * elapsed())",
        role="performance",
        goal=Goal(at_least=60.0, at_most=100.0),
        source=f"{_ISO_22400}, effectiveness: litres over those expected of the users in the "
        "time. Above 100 % is shown: then users or demand are not what is written",
    ),
    Kpi(
        name="quality_percent",
        title="Quality",
        unit="%",
        formula="time(abs(hot_temperature - hot_set_point) <= tolerance) / duration()",
        role="quality",
        goal=Goal(at_least=80.0),
        source=f"{_ISO_22400}, quality ratio, of time for items: the share of it in which the "
        "hot water is within the tolerance of its set point",
    ),
    Kpi(
        name="oee_percent",
        title="OEE",
        unit="%",
        formula="availability_percent * performance_percent * quality_percent",
        role="oee",
        headline=True,
        planned=True,
        source=f"{_ISO_22400}, overall equipment effectiveness: availability x performance x "
        "quality of the same planned time",
    ),
    Kpi(
        name="full_quality_percent",
        title="Right services",
        unit="%",
        formula="sum(service.right) / count(service)",
        goal=Goal(at_least=90.0),
        source="full quality: the share of services with the temperature and the volume that "
        "were asked for",
    ),
    Kpi(
        name="thermal_variation_k",
        title="Thermal variation",
        unit="K",
        formula="std(hot_temperature)",
        decimals=2,
        goal=Goal(at_most=3.0),
        source="standard deviation of the hot water's readings",
    ),
    Kpi(
        name="peak_flow_percent",
        title="Peak flow",
        unit="%",
        formula="greatest(flow) / rated_flow",
        goal=Goal(at_least=80.0),
        source="peak flow ratio: the greatest flow over the rated one. Limescale lowers it",
    ),
    Kpi(
        name="services",
        title="Services",
        unit="1",
        formula="count(service)",
        role="service",
        decimals=0,
        source="drinks that were served",
    ),
    Kpi(
        name="services_per_h",
        title="Usage rate",
        unit="1/h",
        formula="count(service) / duration()",
        source="services an hour of measured time",
    ),
    Kpi(
        name="response_s",
        title="Response time",
        unit="s",
        formula="sum(service.wait) / count(service)",
        source="mean time from the first touch to the first water",
    ),
    Kpi(
        name="response_95_s",
        title="Response time, 95 %",
        unit="s",
        formula="wait_step * (services / services) * ("
        "where(count(service, service.wait <= 3 * wait_step) >= 0.95 * services, 3, "
        "where(count(service, service.wait <= 4 * wait_step) >= 0.95 * services, 4, "
        "where(count(service, service.wait <= 5 * wait_step) >= 0.95 * services, 5, "
        "where(count(service, service.wait <= 6 * wait_step) >= 0.95 * services, 6, "
        "where(count(service, service.wait <= 8 * wait_step) >= 0.95 * services, 8, "
        "where(count(service, service.wait <= 12 * wait_step) >= 0.95 * services, 12, 30)"
        "))))))",
        decimals=0,
        goal=Goal(at_most=8.0),
        source="95 % of the services took this many steps of the resolution at most: 3, 4, 5, "
        "6, 8, 12, and 30 for all that took longer",
    ),
    *RELIABILITY,
)

WEARS = (
    Wear(
        name="scale",
        title="Limescale in valve and heater",
        sign="flow while water is drawn",
        shown_by="increase(litres) / time(flow > 0)",
        unit="L/min",
        ends_at="0.6 * rated_flow",
        falls=True,
        reset_by="descaled",
        advice="Descale it, sooner than by its litres: the water is hard.",
    ),
    Wear(
        name="cooling",
        title="Cooling",
        sign="cold water",
        shown_by="mean(cold_temperature)",
        unit="°C",
        ends_at="cold_temperature",
        reset_by="condenser_cleaned",
        decimals=1,
        advice="Clean the condenser and leave it air; else have the compressor checked.",
    ),
)
