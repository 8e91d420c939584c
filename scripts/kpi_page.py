"""The catalogue's figures become docs/kpis.md: ``python -m scripts.kpi_page`` after a change."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from contract.assets import BUILT_IN, CATALOGUE
from contract.assets.words import Asset, Goal, Kpi, Param, Service, Wear
from scripts.settings import ROOT
from scripts.usage import take_no_arguments

PAGE: Final = ROOT / "docs" / "kpis.md"

_HEAD: Final = """\
# Figures

Written by `python -m scripts.kpi_page` from the catalogue (`contract/assets/`): change it there.

A figure is a formula over sums that add up: minutes make hours, shifts and weeks, machines make a
hall, by addition, and then the same formula is computed. So it is a ratio of sums, never a mean of
ratios, and the OEE of a week is not the mean of seven.

| in a formula | is |
|---|---|
| `integral(x)` | x times how long it was so, between readings that are no gap apart |
| `increase(c)` | what a counter grew by, also over gaps, past its end, and from 0 on |
| `time(condition)` | how long the condition held |
| `entries(condition)` | how often it began to hold |
| `count(e)`, `count(e, condition)` | how many events there were; how many of them were such |
| `sum(e.x)` | a field of all events of a kind, added up |
| `duration()` | measured time: gaps do not count |
| `elapsed()` | all time from the first reading to the last: what an increase is of |
| `mean(x)`, `std(x)`, `least(x)`, `greatest(x)` | of the readings |
| `state.element` | what a state's time counts as: a time element of ISO 22400-2 |

Each figure is told as a value, two bounds and a coverage. What was not measured widens the bounds.
Where hardly anything was (less than an eleventh) nobody can say how many events there were, nor
between what a quotient lies: these bounds are null. Availability and quality end at 0 and 100 %.
A figure that cannot be told is null, neither 0 nor infinite: what is divided by nothing, what
nobody measured. A mean time between failures has a least of T / 3.0 at 95 % where there was none in
the time T. A figure *of planned time* is told of the planned time within the interval alone, and
not at all where there is no plan of shifts.

## The moment, and a stretch of time

What is of the moment has a mean over a stretch of time, where something is kept of it; it is told
where it is asked for by name (`names`, `channels`):

* `latest(x)` (power) is the integral of x over the time in which it was known;
* the cooling rate is by how much the temperature fell in measured time, over that time;
* the thermal efficiency index is added up at each reading, for the measured interval that ends with
  it. While it cannot be told (the machine stands still, or is hardly warmer than what is around it)
  nothing counts. Readings without the ambient, which are judged by the reference of their type,
  count only where none in the stretch has it;
* health is no matter of readings: it follows from limits, alarms and the classifier while a machine
  lives. What is told of it (`state`, up to twice a second) counts for the measured time since it
  was told before, and what was told last in a minute up to its end, each ten seconds at most (six
  intervals of a slow machine). It is kept with its minute: what comes late, an import, `restate`
  or a replay change nothing of it, a deletion takes it away. While a machine stands still there is
  none, and none of what came later than it was measured. Beside the mean, `least` is the worst.

The mean is of the time in which there was one, `coverage` is the share of the stretch that this
was, and the bounds say what the rest could have made of it. It is the same in whatever order
readings came. Where there was none at all, or where minutes are from before it was kept, it is
null, with the reason.

## How much was measured

Coverage is measured over expected time. A machine is expected to be measured from when it was added
or first heard of, or from the first that is known of it, whichever is earlier, until it was retired
or replaced, at most until now; what was commissioning of that counts for nothing. Of machines
together it is the measured time of all over the expected time of all. So a machine that comes later
leaves the past as it was: it was not there yet, and nothing lacks of it. Of a time before, a share
is null (in `/kpis` 0, as the figure is null and says that nothing was measured), and `/energy`
(`measured`) and reports (`began_ms`, `not_there`) say from when on one was there. `/kpis`,
`/energy`, its comparison, `/power` and reports know no other coverage; of `/history` it is of the
whole bucket.

## Power, peak and base load

`/power` and reports tell the mean power of each whole quarter hour, of machines together the sum.
The peak is the greatest of them, as utilities bill it; the base load is their fifth percentile.

* What a machine drew in a quarter is known where four fifths of the time for which it was there
  were measured: what was measured stands for the rest. Of less it is what was measured over the
  quarter, which is a least value. What a counter tells right behind a gap is not of that quarter,
  and counts as not measured.
* A sum in which a machine that was there lacks, or was measured too little, is a least value as
  well, and says so (`is_least`; *at least* on pages, dashed in the chart). So is a quarter of which
  a machine was there for less than four fifths, where no other was.
* A quarter tells the same in whatever range it is asked for. So the peak of a longer time is never
  less than that of a part of it. Where quarters are least values (all but `whole` of `quarters`)
  another one may have been higher still.
* The base load is of quarters in which 95 % of the machines that were there are known (of up to 19:
  each), and of all that tell anything where there is no such quarter; `quarters` beside it says
  how many. It is a least value where one of the quarters up to it is.
* The mean is the energy of all quarters that tell anything, over the time for which any of the
  machines was there: energy over time, and a least value where a machine lacks in one of them.

## What was known when, and what is restated

A minute's sums are stored when it closes; what is worked out of them is worked out when somebody
asks. So of a change

* of a formula around sums, a goal, a title, and of shifts, nothing is stored: it counts at once,
  also for the past;
* of a parameter or tariff around sums (a price, CO₂, an interval of service) nothing is stored
  either: each counts from its date on;
* of what a formula sums up (`integral(...)`, `time(...)`, `count(...)`), all minutes are computed
  anew by themselves, the newest first, as far back as the journal has all their readings;
* of a parameter that rows are added up with (a supply's voltage, a power factor, a threshold in
  `time(...)`) from a past date on, minutes since then likewise;
* of alarm limits and normal bands no sum has anything.

What lies further back, in days whose readings are in the archive, is computed anew when somebody
asks for it:

```sh
.venv/bin/python -m gateway restate --from 2026-01-01 --device fan-01 --kpi energy_wh --dry-run
.venv/bin/python -m gateway restate --from 2026-01-01 --device fan-01 --because "supply is 24 V"
```

`--kpi` says what is stored of a figure; of a minute all sums are restated. It works beside a
running gateway, and without one; a gateway that is ended meanwhile goes on at its next start. A
minute of which not all readings are kept any more stays as it is, and so does what is older than
minutes are kept: there only quarter hours, hours and days are. Where a file of the archive cannot
be read, the minutes of its day and of the days beside it stay as well: the command names the file,
says how many they are, and ends with an exit code other than 0.

What changes a minute that ended more than two minutes ago (late readings, a file, a deletion, a
restatement) leaves what it was, for `EDGETWIN_FORMER_DAYS`. With `as_of`, `/kpis`,
`/devices/{id}/kpis`, `/history`, `/devices/{id}/history`, `/energy`, `/energy/comparison`, `/power`
and [reports](report.md) answer what was known then, of machines that had been heard of by then, and
`GET /devices/{id}/revisions` lists what has changed since, when and why.
`as_of` of an answer says of what time that could be told: of minutes that had ended two minutes
before, with the tariffs, parameters and stages that had been said by then. Formulas, types and
shifts are those of now. Of a minute, changes for one reason within 60 s of the first are told
as one. Other answers (figures by a label, readings themselves) are of now alone.

## Health

From 0 to 100, of a machine as it does now, and what it is made of (`GET /devices/{id}/health`):

    health = 100 - 30 x margin - max(weight(worst open alarm), weight(diagnosis) x confidence)

* margin: how far, in the last ten seconds, the worst value has gone from its normal band (0) to its
  alarm limit (1);
* weights: Low 10, Medium 30, High 50, Critical 70. Of alarm and diagnosis the larger counts: they
  often tell of one fault. Alarms on the shelf or suppressed, alarms of the system (offline) and
  diagnoses that are no longer of now take nothing;
* of a machine that stands still there is none: nobody judges it. Wear takes nothing before its
  sign comes near a limit: what is to come stands under remaining life.

Own definition: no standard has one.

## Remaining life

What wears has a sign: a figure that grows, or falls, to its end. That is a number, a formula of
parameters, or the alarm limit of the channel of that name, as the machine itself has it. Remaining
life is the time until the sign passes its end:

* the sign is averaged over steps (a minute to a week, 96 at most) since the part was new: of all
  that time, of its last quarter and its last sixteenth, as wear may begin late. The clearest trend
  counts;
* its slope is that of Theil and Sen. What lies beside the line is noise, and a Wiener process (it
  wanders); a Kalman filter's restricted likelihood weighs how much of it is which;
* where the sign falls back by most of its range and stays there, somebody has renewed the part and
  entered nothing: it begins anew;
* wear may go ever faster, by the same share again and again: where the trend of the logarithm is
  clearer by half, that is taken;
* a Wiener process with drift passes its end first at a time that is inverse Gaussian (mean d / m,
  shape d² / σ²); with level and slope in doubt it is broader. Told are its median, and from the 5th
  to the 95th percentile;
* no number, and the reason: fewer than 12 steps; a slope of less than 2.6 of its own standard
  deviations ("no wear is visible"); the end is reached; ten times as long as what was seen.

Services are looked at in the same way, by what the last four weeks used of their interval.
"""

_WEAR_HEADS: Final = ("what wears", "its sign", "unit", "ends at", "new again after", "what to do")


def page() -> str:
    """All of it."""
    return "\n".join([_HEAD, *(line for asset in _assets() for line in _of_asset(asset))])


def _assets() -> Iterable[Asset]:
    return sorted((CATALOGUE[name] for name in BUILT_IN), key=lambda asset: asset.title)


def _of_asset(asset: Asset) -> Iterator[str]:
    yield f"## {asset.title} (`{asset.name}`)\n"
    yield from _table(("figure", "unit", "formula", "definition"), map(_kpi_cells, asset.kpis))
    if asset.params:
        heads = ("parameter", "unit", "default", "from", "source")
        yield from _table(heads, map(_param_cells, asset.params))
    if asset.wears:
        yield from _table(_WEAR_HEADS, map(_wear, asset.wears))
    if asset.services:
        yield from _table(("maintenance", "due at 1", "what to do"), map(_service, asset.services))


def _kpi_cells(kpi: Kpi) -> Sequence[str]:
    formula = f"`{kpi.formula}`" if kpi.formula else f"rule {kpi.rule}"
    planned, by = "of planned time" if kpi.planned else "", f"by {kpi.by}" if kpi.by else ""
    notes = [kpi.source, planned, by, _goal(kpi.goal, kpi.unit)]
    definition = "; ".join(filter(None, notes))
    return f"**{kpi.title}**<br>`{kpi.name}`", kpi.unit, formula, definition


def _goal(goal: Goal | None, unit: str) -> str:
    if goal is None:
        return ""
    ends = (("at least", goal.at_least), ("at most", goal.at_most))
    return "goal: " + ", ".join(f"{word} {end:g} {unit}" for word, end in ends if end is not None)


def _param_cells(param: Param) -> Sequence[str]:
    named = f"**{param.title}**<br>`{param.name}`"
    return named, param.unit, f"{param.default:g}", param.valid_from or "always", param.source


def _service(service: Service) -> Sequence[str]:
    return f"**{service.title}**<br>`{service.name}`", f"`{service.every}`", service.advice


def _wear(wear: Wear) -> Sequence[str]:
    way = "falls to " if wear.falls else ""
    return (
        f"**{wear.title}**<br>`{wear.name}`",
        f"{wear.sign}: `{wear.shown_by}`",
        wear.unit,
        f"{way}`{wear.ends_at}`",
        f"`{wear.reset_by}`" if wear.reset_by else "",
        wear.advice,
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _row(heads)
    yield "|---" * len(heads) + "|"
    yield from map(_row, rows)
    yield ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


if __name__ == "__main__":
    take_no_arguments()
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} now says what the catalogue does.")
