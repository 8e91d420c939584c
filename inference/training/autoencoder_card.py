"""What an autoencoder found, as the model card says it."""

from inference.training.autoencoder_lead import Lead
from inference.training.autoencoder_report import GROWN, AutoencoderReport, Found


def text(report: AutoencoderReport | None) -> list[str]:
    """Markdown; nothing of a type without one."""
    if report is None:
        return []
    layers = "-".join(map(str, report.layers))
    return [
        "### The autoencoder, which learned from healthy machines alone",
        "",
        (
            f"{layers} units (tanh), of {report.rows:,} windows of {report.machines} machines that "
            f"had no fault yet; the limit is set by machines held out. {report.library}."
        ),
        "",
        *_found(report),
        "",
        report.how_later,
        "",
        (
            f"Recall of each fault grown to at least {GROWN:.0%}, on machines never seen: "
            f"{_each(report.other_machines)}. A sensor that stays where it is fits the others for "
            "as long as these stay: a stuck one is told by its repeats, not here."
        ),
        "",
        *_lead(report.lead),
    ]


def _found(report: AutoencoderReport) -> list[str]:
    columns = {"other machines": report.other_machines, "later": report.later}
    known = {name: found for name, found in columns.items() if found is not None}
    rows = (
        ("R² of healthy windows", [f"{found.r2_normal:.3f}" for found in known.values()]),
        ("area under the ROC curve", [f"{found.auc:.3f}" for found in known.values()]),
        ("precision", [f"{found.precision:.3f}" for found in known.values()]),
        ("recall, onset included", [f"{found.recall:.3f}" for found in known.values()]),
        ("F1", [f"{found.f1:.3f}" for found in known.values()]),
        ("healthy windows beyond the limit", [f"{f.false_share:.2%}" for f in known.values()]),
        ("windows", [f"{found.windows:,}" for found in known.values()]),
    )
    return [
        f"| figure | {' | '.join(known)} |",
        "|---|" + "---|" * len(known),
        *(f"| {name} | {' | '.join(values)} |" for name, values in rows),
    ]


def _each(found: Found) -> str:
    return ", ".join(f"{name} {recall:.2f}" for name, recall in found.recall_of.items())


def _lead(lead: list[Lead]) -> list[str]:
    if not lead:
        return ["Lead before a failure: not known for recorded readings."]
    return [
        "Lead before a failure: minutes until a fault that grows evenly is fully grown.",
        "",
        "| fault | grows in | found | left, median | least | alarmed | left, median |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {one.fault} | {one.grows_min:.0f} min | {one.found} of {one.machines} "
            f"| {_minutes(one.lead_min)} | {_minutes(one.least_lead_min)} "
            f"| {one.alarmed} of {one.machines} | {_minutes(one.alarm_lead_min)} |"
            for one in lead
        ),
        "",
        (
            "Found: beyond the autoencoder's limit for a minute. Alarmed: by the gateway's own "
            "rules, of any class. A fault that takes a week leaves the same share of its week."
        ),
    ]


def _minutes(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} min"
