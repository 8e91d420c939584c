"""The command line: ``train`` makes models, ``trial`` tries them, ``simulate``, and ``serve``."""

import argparse
import errno
import gc
import socket
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import uvicorn
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from contract import assets
from contract.assets.words import Asset
from contract.errors import GatewayError
from contract.settings import sentences
from contract.type_files.folder import TypeFolder, loaded
from hosting.audit.events import NOBODY, Event, What
from hosting.audit.spool import Spool
from hosting.guard.server import configured
from hosting.private import keep_private
from inference.benchmark import command as evaluation
from inference.classifier.manifest import MANIFEST
from inference.errors import BadDataset, InferenceError, ModelUnusable
from inference.settings import Settings
from inference.training.gate import Bars, PoorModel
from inference.training.recipe import SEED

# A gateway whose devices pause must not meet a connection that is just being closed.
_KEEP_ALIVE_S = 600

# A training that ended well, with a model that is not good enough to be published.
POOR_MODEL = 3

_CONSOLE = Console(stderr=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, 1 when it failed, 3 when a model was too poor."""
    arguments = _parser().parse_args(argv)
    try:
        settings = Settings()
        keep_private()
        loaded(settings.data_dir)
        status: int = arguments.command(arguments, settings)
    except (InferenceError, GatewayError) as error:
        return _failed(error)
    except ValidationError as error:
        for sentence in sentences(error):
            _CONSOLE.print(f"[red]{escape(sentence)}[/red]")
        return 1
    return status


def _failed(error: Exception) -> int:
    _CONSOLE.print(f"[red]{escape(str(error))}[/red]")
    return POOR_MODEL if isinstance(error, PoorModel) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m inference",
        description="Trains and serves the models that say what is wrong with a machine.",
    )
    commands = parser.add_subparsers(required=True, metavar="train|trial|evaluate|simulate|serve")
    _add_train(commands.add_parser("train", help="make a model", description=_TRAIN))
    _add_trial(commands.add_parser("trial", help="try a model for long", description=_TRIAL))
    evaluate = commands.add_parser(
        "evaluate", help="try public recordings", description=evaluation.DESCRIPTION
    )
    evaluation.add(evaluate)
    _add_simulate(commands.add_parser("simulate", help="readings as CSV", description=_SIMULATE))
    serve = commands.add_parser("serve", help="answer over HTTP", description=_SERVE)
    serve.add_argument(
        "--train-missing",
        action="store_true",
        help="train beside it, one after another, what has no model",
    )
    serve.set_defaults(command=_serve)
    return parser


_TRAIN = """Train on virtual machines, or on a CSV exported from the gateway, test on machines the
training never saw, and write model, report, picture and card."""
_TRIAL = """Judge healthy virtual machines for long, and faults that last, seen through the boards'
drivers at each rate: false alarms a machine and week, and how soon each fault is alarmed."""
_SIMULATE = """Simulate a machine: its readings as CSV to standard output, as the gateway exports
them, its figures and how far it is to standard error."""
_SERVE = """Serve the models on EDGETWIN_HOST:EDGETWIN_INFERENCE_PORT (127.0.0.1:8001); /docs there
shows the calls. A model trained meanwhile is picked up. With --train-missing types without a model
are trained meanwhile, at the lowest priority."""


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--asset", help="asset type; default: every one in the catalogue that can be simulated"
    )
    parser.add_argument(
        "--csv", type=Path, help="exported readings with truth, instead of virtual machines"
    )
    parser.add_argument(
        "--out",
        type=Path,
        help="where to write; default: EDGETWIN_DATA_DIR/models/<asset>",
    )
    parser.add_argument(
        "--normal-only",
        action="store_true",
        help="learn what is normal from the CSV, which has no labels and nothing wrong in it",
    )
    parser.add_argument("--seed", type=int, default=SEED, help="the same seed gives the same model")
    parser.add_argument(
        "--quick", action="store_true", help="few machines and trees: for trying things out"
    )
    bars = Bars()
    parser.add_argument(
        "--least-f1", type=float, default=bars.macro_f1, metavar="SHARE",
        help="macro-F1 on unseen machines below which no model is published (%(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--most-false-alarms", type=float, default=bars.false_alarms_per_hour, metavar="N",
        help="alarms an hour of a healthy machine, above which none is published (%(default)s)",
    )  # fmt: skip
    parser.set_defaults(command=_train)


def _add_trial(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--asset", help="asset type; default: every one that has a model")
    parser.add_argument(
        "--hours", type=float, default=168.0, help="of healthy machines, a rate (%(default)g)"
    )
    parser.add_argument(
        "--seed", type=int, default=1, choices=range(1000), metavar="N", help="which machines"
    )
    parser.set_defaults(command=_trial)


def _add_simulate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--asset", required=True, help="asset type")
    parser.add_argument("--hours", type=float, default=1.0, help="of its time (%(default)g)")
    parser.add_argument("--seed", type=int, default=1, help="which machine, and its luck")
    parser.add_argument(
        "--input", action="append", default=[], metavar="NAME=VALUE", help="what it is told"
    )
    parser.add_argument(
        "--param", action="append", default=[], metavar="NAME=VALUE", help="a parameter of its type"
    )
    parser.add_argument(
        "--fault", action="append", default=[], metavar="NAME@HOURS", help="it begins after so long"
    )
    parser.add_argument("--interval", type=float, metavar="SECONDS", help="between two readings")
    parser.add_argument("--device", default="", metavar="ID", help="what it is called in the CSV")
    parser.add_argument("--events", type=Path, metavar="FILE", help="write what happens there")
    parser.set_defaults(command=_simulate)


def _simulate(arguments: argparse.Namespace, settings: Settings) -> int:
    from inference.simulation import shell  # noqa: PLC0415  (training simulates otherwise)
    from inference.simulation.screen import simulate_on_screen  # noqa: PLC0415

    simulate_on_screen(
        shell.body_of(arguments),
        settings,
        device=arguments.device or f"{arguments.asset}-{arguments.seed}",
        events=arguments.events,
    )
    return 0


def _trial(arguments: argparse.Namespace, settings: Settings) -> int:
    from inference.training.trial_screen import try_on_screen  # noqa: PLC0415  (loads scikit-learn)

    for asset in _tried(arguments, settings):
        directory = settings.models_dir / asset.name
        try_on_screen(asset, directory=directory, hours=arguments.hours, seed=arguments.seed)
    return 0


def _tried(arguments: argparse.Namespace, settings: Settings) -> list[Asset]:
    """Raises ModelUnusable: nothing is there to try."""
    if arguments.asset:
        return [assets.get(arguments.asset)]
    every = assets.CATALOGUE.values()
    served = [asset for asset in every if (settings.models_dir / asset.name / MANIFEST).exists()]
    if not served:
        raise ModelUnusable(f"There is no model in {settings.models_dir}: run train first.")
    return served


def _train(arguments: argparse.Namespace, settings: Settings) -> int:
    if arguments.normal_only:
        return _learn_normal(arguments, settings)
    chosen = _chosen(arguments)
    if arguments.out and len(chosen) > 1:
        raise BadDataset("--out is for one asset type: name it with --asset.")
    bars = Bars(macro_f1=arguments.least_f1, false_alarms_per_hour=arguments.most_false_alarms)
    status = 0
    for asset in chosen:
        status = max(status, _train_one(asset, arguments, settings, bars))
    return status


def _learn_normal(arguments: argparse.Namespace, settings: Settings) -> int:
    from inference.normality import recording  # noqa: PLC0415  (serving reads no CSV)

    if arguments.csv is None:
        raise BadDataset("--normal-only learns from a recording: name it with --csv.")
    memory = recording.learned_from(arguments.csv)
    name = arguments.asset or arguments.csv.stem
    path = recording.write(memory, arguments.out or settings.models_dir / name)
    _CONSOLE.print(
        f"What is normal of {len(memory.channels)} channels ({', '.join(memory.channels)}), "
        f"learned from {memory.rows} rows, is in {path}; POST /anomalies takes it as memory.",
        highlight=False,
    )
    return 0


def _train_one(asset: Asset, arguments: argparse.Namespace, settings: Settings, bars: Bars) -> int:
    """One type that cannot be trained keeps no other from being."""
    # Serving must not load scikit-learn, matplotlib and the exporter.
    from inference.training.training_screen import train_on_screen  # noqa: PLC0415

    try:
        train_on_screen(
            asset,
            csv=arguments.csv,
            directory=arguments.out or settings.models_dir / asset.name,
            seed=arguments.seed,
            quick=arguments.quick,
            bars=bars,
        )
    except InferenceError as error:
        return _failed(error)
    return 0


def _chosen(arguments: argparse.Namespace) -> list[Asset]:
    from inference.runs.virtual import has_model  # noqa: PLC0415  (as above)

    if arguments.asset:
        return [assets.get(arguments.asset)]
    if arguments.csv:
        raise BadDataset("--csv is of one asset type: name it with --asset.")
    return [asset for asset in assets.CATALOGUE.values() if has_model(asset)]


def _serve(arguments: argparse.Namespace, settings: Settings) -> int:
    from inference.serving.app import create_app  # noqa: PLC0415  (training needs no web server)
    from inference.serving.registry import Registry  # noqa: PLC0415
    from inference.training.trainer import Trainer, untrained  # noqa: PLC0415

    listener = _listener(settings)
    types = TypeFolder(settings.data_dir)
    lacking = untrained([*assets.CATALOGUE.values()], settings.models_dir)
    trainer = Trainer([*lacking] if arguments.train_missing else [], say=_warn)
    registry = Registry(settings.models_dir, follow_types=types.follow, trainer=trainer)
    for state in registry.states().values():
        if isinstance(state, InferenceError):
            _warn(str(state))
    config = configured(
        create_app(
            registry,
            settings=settings,
            refused=_entered(Spool(settings.data_dir, "inference")),
        ),
        log_level="warning",
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=5,
    )
    # What is loaded by now stays: the collector need not look at it again at every large batch.
    gc.collect()
    gc.freeze()
    address = f"http://{settings.host}:{settings.inference_port}"
    _CONSOLE.print(f"inference answers at {address} (calls: {address}/docs)")
    trainer.start()
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        trainer.stop()
    return 0


def _warn(text: str) -> None:
    _CONSOLE.print(f"[yellow]{escape(text)}[/yellow]")


def _entered(spool: Spool) -> Callable[[str, str], None]:
    """Leaves each refused token for the gateway's audit trail."""

    def note(address: str, detail: str) -> None:
        now_ms = time.time_ns() // 1_000_000
        text = f"{detail}, at inference"
        spool.note(
            Event(time_ms=now_ms, who=NOBODY, origin=address, what=What.TOKEN_REFUSED, detail=text)
        )

    return note


def _listener(settings: Settings) -> socket.socket:
    """A bound socket, so that a busy port is named before anything else is done."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.inference_port))
    except OSError as error:
        listener.close()
        busy = error.errno == errno.EADDRINUSE
        reason = "another program uses it" if busy else str(error.strerror)
        raise InferenceError(
            f"Cannot listen on {settings.host}:{settings.inference_port}: {reason}. "
            "Stop that program, or set EDGETWIN_INFERENCE_PORT in .env."
        ) from error
    return listener


if __name__ == "__main__":
    sys.exit(main())
