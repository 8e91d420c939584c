"""docs/kpis.md says of every figure what the catalogue says."""

from itertools import pairwise

import pytest

from contract.assets import CATALOGUE
from contract.assets.words import Asset
from scripts.kpi_page import PAGE, page

ASSETS = sorted(CATALOGUE.values(), key=lambda asset: asset.name)


def test_the_page_is_what_the_catalogue_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m scripts.kpi_page"


@pytest.mark.parametrize("asset", ASSETS, ids=lambda asset: asset.name)
def test_every_figure_and_parameter_is_on_it(asset: Asset) -> None:
    named = [(kpi.title, kpi.name) for kpi in asset.kpis]
    named += [(param.title, param.name) for param in asset.params]
    named += [(service.title, service.name) for service in asset.services]
    for title, name in named:
        assert f"**{title}**<br>`{name}`" in page()


def test_a_row_has_as_many_cells_as_its_table_has_heads() -> None:
    lines = page().splitlines()
    for above, line in pairwise(lines):
        if above.startswith("|") and line.startswith("|"):
            assert line.replace("\\|", "").count("|") == above.replace("\\|", "").count("|")
