"""The confusion matrix of a report as a picture."""

import io
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from contract import assets
from contract.assets.words import UNKNOWN
from inference.training.report import Report
from inference.windows.features import FloatArray, IntArray

_INK: Final = "#1f2937"
_FAINT: Final = "#6b7280"
_SHADES: Final = LinearSegmentedColormap.from_list("shades", ["#ffffff", "#bfdbfe", "#1d4ed8"])
_DARK: Final = 0.6  # from here on, white letters read better


def picture(report: Report) -> bytes:
    """PNG: rows are what was the case, columns what was answered; shares of the row, counts."""
    counts = np.array(report.evaluation.confusion)[:-1]  # nothing is unknown in truth
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    fault = assets.get(report.asset).fault
    labels = [fault(name).label for name in (*report.classes, UNKNOWN)]
    figure = Figure(figsize=(1.35 * len(labels) + 1.6, 0.95 * len(labels) + 1.6), dpi=150)
    _draw(figure, shares, counts, labels, report)
    buffer = io.BytesIO()
    # Without the library's version in it, the same training writes the same bytes.
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _draw(
    figure: Figure, shares: FloatArray, counts: IntArray, labels: list[str], report: Report
) -> None:
    figure.set_layout_engine("constrained")
    axes = figure.add_subplot()
    axes.imshow(shares, cmap=_SHADES, vmin=0.0, vmax=1.0, aspect="auto")
    axes.set_xticks(range(len(labels)), [label.replace(" ", "\n") for label in labels])
    axes.set_yticks(range(len(counts)), [label.replace(" ", "\n") for label in labels[:-1]])
    axes.set_xlabel("answered", color=_FAINT)
    axes.set_ylabel("was the case", color=_FAINT)
    axes.tick_params(length=0, labelcolor=_INK, labelsize=9)
    axes.spines[:].set_visible(False)
    axes.set_xticks(np.arange(len(labels) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(counts) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="#e5e7eb", linewidth=1)
    axes.tick_params(which="minor", length=0)
    axes.set_title(_title(report), loc="left", fontsize=10, color=_INK)
    for (row, column), share in np.ndenumerate(shares):
        _label(axes, row, column, float(share), int(counts[row, column]))


def _label(axes: Axes, row: int, column: int, share: float, count: int) -> None:
    if not count:
        return
    colour = "white" if share > _DARK else _INK
    large = axes.text(column, row - 0.1, f"{share:.1%}", fontsize=11, fontweight="bold")
    small = axes.text(column, row + 0.22, f"{count:,}", fontsize=8)
    for text in (large, small):
        text.set(color=colour, ha="center", va="center")


def _title(report: Report) -> str:
    found = report.evaluation
    return (
        f"{report.model}: macro-F1 {found.with_onset.macro_f1:.3f} on {found.machines} machines "
        "never seen, onset included"
    )
