"""The card of a model: what it is for, how good it is, and where it must not be trusted."""

from collections.abc import Iterator, Sequence
from typing import Final

from inference.prognosis.lives import amount
from inference.prognosis.report import Report
from inference.prognosis.scores import Figures, Held, Stretch

LINEAR: Final = "linear, of the newest row"
NAIVE: Final = "mean life less age"

_LIMITS: Final = (
    "No number is given where the end is not to be seen yet, where the machine was followed for "
    "too short a time, and where its readings or its age are unlike all that was learned from: "
    "the answer then says which. It is a hint when to look and what to order, no safety function."
)


def text(report: Report) -> str:
    """Markdown."""
    unit = report.time_unit
    return "\n".join(
        [
            f"# Model card: {report.model}",
            "",
            (
                f"Tells how long one `{report.asset}` still lasts by all it showed since new, "
                f"up to {amount(report.horizon, unit)} ahead, with intervals. Learned on "
                f"{report.trained_at[:10]} (seed {report.seed}) from {report.source}; they lasted "
                f"{amount(report.shortest, unit)} to {amount(report.longest, unit)}. "
                f"It is looked at every {amount(report.step, unit)}."
            ),
            "",
            *_columns(report),
            "",
            "## How good it is, on machines left out",
            "",
            *table(compared(report), unit),
            "",
            *_noise(report),
            "",
            "### By how much was left",
            "",
            *stretches(report.by_horizon, unit),
            "",
            "## How this is scored",
            "",
            report.how_scored,
            "",
            "## What to beware of",
            "",
            report.caveat,
            "",
            _LIMITS,
            "",
        ]
    )


Compared = Sequence[tuple[str, Figures]]
Stretches = Sequence[Stretch]


def compared(report: Report) -> Compared:
    """The model, and what it is measured against."""
    return [
        (report.model, report.held_out),
        (LINEAR, report.linear),
        (NAIVE, report.naive),
    ]


def table(rows: Compared, time_unit: str) -> list[str]:
    """Of a model, which comes first, and of what it is measured against."""
    shares = [held.share for held in rows[0][1].held]
    return [
        f"| | RMSE, {time_unit} | score | bias | {_heads(shares)} |",
        f"|---|{'---:|' * (3 + 2 * len(shares))}",
        *(
            f"| {name} | {one.rmse:.2f} | {one.score:.0f} | {one.bias:+.2f} "
            f"| {_held(one.held, len(shares))} |"
            for name, one in rows
        ),
    ]


def stretches(found: Stretches, time_unit: str) -> list[str]:
    """The same by what was left."""
    shares = [held.share for held in found[0].figures.held]
    return [
        f"| {time_unit} left | asked | RMSE | bias | {_heads(shares)} |",
        f"|---|{'---:|' * (3 + 2 * len(shares))}",
        *(
            f"| {_left(one)} | {one.figures.predictions} | {one.figures.rmse:.2f} "
            f"| {one.figures.bias:+.2f} | {_held(one.figures.held, len(shares))} |"
            for one in found
        ),
    ]


def _left(one: Stretch) -> str:
    begin, end = one.from_left, one.to_left
    return f"{begin:g} or more" if begin == end else f"{begin:g} to {end:g}"


def _heads(shares: Sequence[float]) -> str:
    return " | ".join(f"{share:.0%} hold | width" for share in shares)


def _held(held: Sequence[Held], count: int) -> str:
    if not held:
        return " | ".join(["", ""] * count)
    return " | ".join(f"{one.coverage:.1%} | {one.width:.1f}" for one in held)


def _columns(report: Report) -> Iterator[str]:
    yield f"Channels: {', '.join(report.channels)}."
    if report.conditions:
        yield f"Told what to do by: {', '.join(report.conditions)}; channels count beside that."
    if report.dropped:
        yield f"Left out, as they never move: {', '.join(report.dropped)}."
    if report.unused:
        yield (
            f"Not used, as the type has no such channel, or some machine no value of it: "
            f"{', '.join(report.unused)}."
        )


def _noise(report: Report) -> Iterator[str]:
    for held, noise in zip(report.held_out.held, report.noise, strict=False):
        low, high = held.share - noise, min(1.0, held.share + noise)
        yield (
            f"Counted on {report.machines} machines that are asked once each, a true "
            f"{held.share:.0%} is found as {low:.0%} to {high:.0%} (two standard errors)."
        )
