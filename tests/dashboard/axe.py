"""axe-core in a page: what keeps a person with another screen, eyes or hands out of it."""

from typing import Any, Final

from playwright.sync_api import Page

from tests.dashboard.workshop import ROOT

_AXE: Final = ROOT / "node-red" / "node_modules" / "axe-core" / "axe.min.js"
_RUN: Final = "axe.run(document, { resultTypes: ['violations'] }).then((run) => run.violations)"
# Half way from one theme to the other nothing has its colours.
_STANDS_STILL: Final = "document.getAnimations().every((each) => !(each instanceof CSSTransition))"
_GRAVE: Final = {"serious", "critical"}


def serious_findings(page: Page) -> list[str]:
    """A line for each rule and element that axe calls serious or critical."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE.read_text())
    page.wait_for_function(_STANDS_STILL)
    return [
        f"{rule['id']}: {_place(node)}: {node['failureSummary']}"
        for rule in page.evaluate(_RUN)
        if rule["impact"] in _GRAVE
        for node in rule["nodes"]
    ]


def _place(node: dict[str, Any]) -> str:
    return " ".join(map(str, node["target"]))
