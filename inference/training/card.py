"""The model card: what the model is for, how good it is, and where it must not be trusted."""

from collections.abc import Mapping, Sequence
from typing import Final

from inference.training import autoencoder_card
from inference.training.driven import Driven
from inference.training.evaluation import GROWN_FROM, Delay, Evaluation, FalseAlarms
from inference.training.learned_verdicts import LearnedVerdicts
from inference.training.report import Report

_LIMITS: Final = (
    "An answer is a hint where to look, not a safety function: it must not be what stops a "
    "machine. `anomaly_score` from 0.5 on means that the readings lie outside everything trained "
    "on; the answer is then unknown, whatever the forest would have said."
)


def text(report: Report) -> str:
    """Markdown."""
    return "\n".join(
        [
            f"# Model card: {report.model}",
            "",
            *_about(report),
            "",
            "## How good it is",
            "",
            *_figures(report.evaluation),
            "",
            "### By class, onset included",
            "",
            *_classes(report.evaluation),
            "",
            "### By machine never seen: F1 of each class",
            "",
            *_machines(report.evaluation),
            "",
            "### By how far the fault has grown (recall)",
            "",
            *_growth(report.evaluation),
            "",
            "### From onset to the first right answer",
            "",
            *_delays(report.evaluation),
            "",
            "### Through the boards' drivers, alarms included",
            "",
            *drivers_text(report.drivers),
            "",
            *autoencoder_card.text(report.autoencoder),
            "",
            *_verdicts(report.verdicts),
            "![confusion matrix](confusion_matrix.png)",
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


def _about(report: Report) -> list[str]:
    machines = report.machines
    purpose = (
        f"Names the condition of one `{report.asset}` from its last seconds of readings: "
        f"{', '.join(report.classes)}, or unknown."
    )
    forest = (
        f"* Random forest of {report.trees} trees, depth at most {report.depth}, served as ONNX "
        f"(probabilities equal to scikit-learn's to {report.parity:.0e})."
    )
    data = (
        f"* Learned from {report.training_windows:,} windows of {machines.training} machines; "
        f"{machines.calibration} more set the limit of unknown; tested on {machines.test} others. "
        f"Source: {report.source}, seed {report.seed}."
    )
    return [
        purpose,
        "",
        forest,
        data,
        f"* Trained {report.trained_at} in {report.seconds:.0f} s.",
    ]


def _verdicts(found: LearnedVerdicts | None) -> list[str]:
    """Nothing of a model that learned of none."""
    if found is None:
        return []
    kinds = ", ".join(f"{count} {kind}" for kind, count in found.by_kind.items())
    return [
        "### What people said of alarms",
        "",
        (
            f"{found.verdicts} verdicts on {found.machines} machines ({kinds}) were learned from, "
            f"{found.windows} windows that weigh {found.share:.1%} of all simulated ones. Of "
            f"{found.agreed} of them it says the same without having seen them. {found.how}"
        ),
        "",
    ]


def _figures(found: Evaluation) -> list[str]:
    grown = found.grown
    rows = [
        ("Macro-F1, onset included", f"**{found.with_onset.macro_f1:.3f}**"),
        (
            f"Macro-F1, faults grown to at least {GROWN_FROM:.0%}",
            f"{grown.macro_f1:.3f}" if grown else "not known for recorded readings",
        ),
        ("Macro-F1, a single reading at a time", f"{found.single_reading.macro_f1:.3f}"),
        ("Spells of another answer, an hour of a healthy machine", _alarms(found.false_alarms)),
        ("False alarms an hour of a healthy machine", _raised(found.false_alarms)),
        ("Windows wrongly called unknown", f"{found.unknown.false_share:.2%}"),
        ("Single readings wrongly called unknown", f"{found.unknown.false_share_single:.2%}"),
        ("Random readings called unknown", f"{found.unknown.rubbish_found_single:.1%}"),
    ]
    return ["| figure | value |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]


def _alarms(alarms: FalseAlarms) -> str:
    if alarms.per_hour is None:
        return "no healthy run in the test"
    return (
        f"{alarms.per_hour:.1f}; {alarms.told_per_hour:.1f} of two windows or more, which is what "
        f"the gateway tells of; {alarms.steady_per_hour:.1f} of a second or more "
        f"({alarms.hours:.1f} h judged)"
    )


def _raised(alarms: FalseAlarms) -> str:
    if alarms.alarms_per_hour is None:
        return "no healthy run in the test"
    return f"{alarms.alarms_per_hour:.2f} ({_counted(alarms.alarms)} in {alarms.hours:.1f} h)"


def _machines(found: Evaluation) -> list[str]:
    names = list(found.with_onset.classes)
    return [
        f"| machine | a reading every | macro-F1 | {' | '.join(names)} |",
        "|---|---|---|" + "---|" * len(names),
        *(
            f"| {one.machine} | {one.period_s:g} s | {one.macro_f1:.3f} | "
            + " | ".join(f"{one.classes[n]:.2f}" if n in one.classes else "-" for n in names)
            + " |"
            for one in found.by_machine
        ),
    ]


def _classes(found: Evaluation) -> list[str]:
    single = found.single_reading.classes
    return [
        "| class | precision | recall | F1 | F1, a single reading | windows |",
        "|---|---|---|---|---|---|",
        *(
            f"| {name} | {one.precision:.3f} | {one.recall:.3f} | {one.f1:.3f} "
            f"| {single[name].f1:.3f} | {one.windows:,} |"
            for name, one in found.with_onset.classes.items()
        ),
    ]


def _growth(found: Evaluation) -> list[str]:
    if not any(found.growth.values()):
        return ["Not known for recorded readings."]
    return [
        "| fault | from intensity | recall | windows |",
        "|---|---|---|---|",
        *(
            f"| {name} | {one.from_intensity:.1f} | {one.recall:.3f} | {one.windows:,} |"
            for name, levels in found.growth.items()
            for one in levels
        ),
    ]


def drivers_text(drivers: Sequence[Driven]) -> list[str]:
    """What was found of machines seen through drivers, as Markdown."""
    if not drivers:
        return ["Not tested: these readings were recorded as they are."]
    return [
        "| a reading every | macro-F1 | fault | named | after | alarmed | after | 95 % within |",
        "|---|---|---|---|---|---|---|---|",
        *(
            f"| {one.period_s:g} s | {one.macro_f1 or 0.0:.3f} | {name} "
            f"| {found.named} of {found.spells} | {_seconds(found.named_s)} "
            f"| {found.alarmed} of {found.spells} | {_seconds(found.alarmed_s)} "
            f"| {_seconds(found.alarmed_p95_s)} |"
            for one in drivers
            for name, found in one.faults.items()
        ),
        "",
        "Healthy machines, seen the same way:",
        "",
        (
            "| a reading every | hours judged | false alarms | a machine and week "
            "| at most (95 %) | told of another class |"
        ),
        "|---|---|---|---|---|---|",
        *(
            f"| {one.period_s:g} s | {one.healthy_hours:.1f} "
            f"| {_counted(one.false_alarms)} | {one.false_alarms_a_week or 0.0:.2f} "
            f"| {one.at_most_a_week or 0.0:.2f} | {one.odd_share or 0.0:.3%} of the time |"
            for one in drivers
            if one.healthy_hours
        ),
        "",
        "And by driver, hours judged and false alarms of machines seen through it:",
        "",
        "| a reading every | driver | hours judged | false alarms |",
        "|---|---|---|---|",
        *(
            f"| {one.period_s:g} s | {driver} | {hours:.1f} | {count} |"
            for one in drivers
            for driver, (hours, count) in one.by_driver.items()
        ),
    ]


def _counted(alarms: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(alarms.items())) or "none"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"


def _delays(found: Evaluation) -> list[str]:
    return [
        "| fault | episodes | missed | median | 95 % within |",
        "|---|---|---|---|---|",
        *(_delay(name, one) for name, one in found.delay.items()),
    ]


def _delay(name: str, one: Delay) -> str:
    median = "-" if one.median_s is None else f"{one.median_s:.1f} s"
    late = "-" if one.p95_s is None else f"{one.p95_s:.1f} s"
    return f"| {name} | {one.episodes} | {one.missed} | {median} | {late} |"
