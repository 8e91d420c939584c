"""``backtest``, ``take``, ``models`` and ``put-back``: which model judges, and why that one."""

import argparse
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from contract import assets
from inference.classifier import shelf
from inference.classifier.shelf import OnShelf
from inference.errors import ModelUnusable
from inference.settings import Settings
from inference.training.gate import POOR_MODEL

_MOST_WIDTH: Final = 400
_LENGTHS: Final = ("quick", "full", "none")
BACKTEST: Final = """Compare a model with the present one: on all verdicts, on a simulated week that
neither has seen (how soon each fault is alarmed, what is missed, false alarms a day) and on
recordings of your own. What was found is written beside the next model, as backtest.json."""
TAKE: Final = """Let another model judge. It must have been compared with the present one and not be
worse; else say why it is to be taken all the same."""
MODELS: Final = """Which model judges each type, which did before and can be put back, and why."""
PUT_BACK: Final = """Let a model judge again that did before. A running service picks it up."""


def add(commands: Any) -> None:  # argparse does not name what add_subparsers returns
    """All four."""
    _add_backtest(commands.add_parser("backtest", help="compare two models", description=BACKTEST))
    _add_take(commands.add_parser("take", help="let another judge", description=TAKE))
    _add_models(commands.add_parser("models", help="list them", description=MODELS))
    put_back = commands.add_parser("put-back", help="a former one", description=PUT_BACK)
    _add_put_back(put_back)


def _add_backtest(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--asset", required=True, help="asset type")
    parser.add_argument(
        "--next", type=Path, metavar="DIR", help="the next model's; default: the one that waits"
    )
    parser.add_argument(
        "--present", type=Path, metavar="DIR", help="default: the model that judges now"
    )
    parser.add_argument(
        "--verdicts", type=Path, metavar="FOLDER",
        help="as `python -m gateway verdicts` writes it; default: EDGETWIN_DATA_DIR/verdicts",
    )  # fmt: skip
    parser.add_argument(
        "--week", choices=_LENGTHS, default="quick", help="how much of it (%(default)s)"
    )
    parser.add_argument(
        "--recordings", type=Path, metavar="FOLDER", help="exported CSV files with truth"
    )
    parser.add_argument(
        "--seed", type=int, default=1, choices=range(1000), metavar="N", help="which week"
    )
    parser.set_defaults(command=_backtest)


def _add_take(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--asset", required=True, help="asset type")
    parser.add_argument("directory", type=Path, metavar="DIR", help="where the model is")
    parser.add_argument(
        "--because", default="", metavar="REASON", help="to take it against the backtest; is kept"
    )
    parser.set_defaults(command=_take)


def _add_models(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--asset", help="asset type; default: all that have a model")
    parser.set_defaults(command=_models)


def _add_put_back(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--asset", required=True, help="asset type")
    parser.add_argument("--version", help="its name; default: the model before the present one")
    parser.add_argument("--because", default="", metavar="REASON", help="is kept")
    parser.set_defaults(command=_put_back)


def _backtest(arguments: argparse.Namespace, settings: Settings) -> int:
    from inference.backtest.backtest import Asked  # noqa: PLC0415  (loads scikit-learn)
    from inference.backtest.screen import backtest_on_screen  # noqa: PLC0415

    asset = assets.get(arguments.asset)
    directory = settings.models_dir / asset.name
    present = arguments.present
    if present is None and shelf.present(directory, asset=asset) is not None:
        present = directory
    found = backtest_on_screen(
        Asked(
            asset=asset,
            next_dir=arguments.next or directory / shelf.NEXT,
            present_dir=present,
            verdicts=arguments.verdicts or settings.own_verdicts,
            length=None if arguments.week == "none" else arguments.week,
            recordings=arguments.recordings,
            seed=arguments.seed,
        )
    )
    return POOR_MODEL if found.worse else 0


def _take(arguments: argparse.Namespace, settings: Settings) -> int:
    from inference.backtest import succession  # noqa: PLC0415  (as above)

    asset = assets.get(arguments.asset)
    entry = succession.take(
        settings.models_dir / asset.name,
        arguments.directory,
        asset=asset,
        because=arguments.because,
    )
    _say(asset.name, entry.model, entry.before)
    return 0


def _put_back(arguments: argparse.Namespace, settings: Settings) -> int:
    asset = assets.get(arguments.asset)
    entry = shelf.put_back(
        settings.models_dir / asset.name,
        asset=asset,
        version=arguments.version,
        because=arguments.because,
    )
    _say(asset.name, entry.model, entry.before)
    return 0


def _say(asset: str, model: str, before: str | None) -> None:
    kept = f", {before} is kept" if before else ""
    Console().print(f"{model} judges {asset} from now on{kept}.", highlight=False)


def _models(arguments: argparse.Namespace, settings: Settings) -> int:
    """Raises ModelUnusable: there is none."""
    chosen = [assets.get(arguments.asset)] if arguments.asset else assets.CATALOGUE.values()
    shelves = {
        asset.name: shelf.on_shelf(settings.models_dir / asset.name, asset=asset.name)
        for asset in chosen
    }
    if not any(shelves.values()):
        raise ModelUnusable(f"There is no model in {settings.models_dir}: run train first.")
    console, table = Console(), _table(shelves)
    if not console.is_terminal:  # a file, or another program, cuts nothing
        console.width = max(console.width, _MOST_WIDTH)
    console.print(table)
    return 0


def _why(one: OnShelf) -> str:
    if one.state == "waiting":
        return one.backtest.summary if one.backtest is not None else "nobody has compared it"
    return f"{one.how}: {one.because}" if one.because else one.how


def _table(shelves: dict[str, list[OnShelf]]) -> Table:
    table = Table()
    for head in ("type", "model", "", "trained", "macro-F1", "verdicts", "judges since", "why"):
        table.add_column(
            head,
            justify="right" if head in ("macro-F1", "verdicts") else "left",
            no_wrap=head in ("type", "model"),  # who puts one back names it
        )
    for asset, models in shelves.items():
        for one in models:
            table.add_row(
                asset,
                one.model,
                one.state,
                one.trained_at[:16],
                f"{one.macro_f1:.3f}",
                str(one.verdicts),
                (one.since or "")[:16],
                _why(one),
            )
    return table
