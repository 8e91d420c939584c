"""The command line: making, trying, comparing and serving models, and simulating machines."""

import argparse
import errno
import gc
import os
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
from contract.access import url_of
from contract.assets.words import Asset
from contract.errors import GatewayError
from contract.settings import sentences
from contract.type_files.folder import TypeFolder, loaded
from hosting.audit.events import NOBODY, Event, What
from hosting.audit.spool import Spool
from hosting.guard.server import configured
from hosting.private import keep_private
from inference.arguments import device_id, positive, seed
from inference.backtest import command as succession
from inference.backtest import train_command
from inference.benchmark import command as evaluation
from inference.classifier.manifest import MANIFEST
from inference.errors import InferenceError, ModelUnusable, NoPlace
from inference.settings import Settings

# A gateway whose devices pause must not meet a connection that is just being closed.
_KEEP_ALIVE_S = 600

_CONSOLE = Console(stderr=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, 1 when it failed, 3 when a model was too poor."""
    arguments = _parser().parse_args(argv)
    try:
        settings = Settings()
        keep_private()
        loaded(settings.data_dir)
        status: int = arguments.command(arguments, settings)
    except BrokenPipeError:  # as with `| head`: enough has been read
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.filename is None:
            raise
        said = f"{error.filename} cannot be read or written: {error.strerror}."
        return train_command.failed(NoPlace(said))
    except (InferenceError, GatewayError) as error:
        return train_command.failed(error)
    except ValidationError as error:
        for sentence in sentences(error):
            _CONSOLE.print(f"[red]{escape(sentence)}[/red]")
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m inference",
        description="Trains and serves the models that say what is wrong with a machine.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    train_command.add(
        commands.add_parser("train", help="make a model", description=train_command.DESCRIPTION)
    )
    _add_trial(commands.add_parser("trial", help="try a model for long", description=_TRIAL))
    evaluate = commands.add_parser(
        "evaluate", help="try public recordings", description=evaluation.DESCRIPTION
    )
    evaluation.add(evaluate)
    succession.add(commands)
    _add_simulate(commands.add_parser("simulate", help="readings as CSV", description=_SIMULATE))
    serve = commands.add_parser("serve", help="answer over HTTP", description=_SERVE)
    serve.add_argument(
        "--train-missing",
        action="store_true",
        help="train beside it, one after another, what has no model",
    )
    serve.set_defaults(command=_serve)
    return parser


_TRIAL = """Judge healthy virtual machines for long, and faults that last, seen through the boards'
drivers at each rate: false alarms a machine and week, and how soon each fault is alarmed."""
_SIMULATE = """Simulate a machine: its readings as CSV to standard output, as the gateway exports
them, its figures and how far it is to standard error."""
_SERVE = """Serve the models on EDGETWIN_HOST:EDGETWIN_INFERENCE_PORT (127.0.0.1:8001); /docs there
shows the calls. A model trained meanwhile is picked up. With --train-missing types without a model
are trained meanwhile, at the lowest priority."""


def _add_trial(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--asset", help="asset type; default: every one that has a model")
    parser.add_argument(
        "--hours", type=positive, default=168.0, help="of healthy machines, a rate (%(default)g)"
    )
    parser.add_argument(
        "--seed", type=int, default=1, choices=range(1000), metavar="N", help="which machines"
    )
    parser.set_defaults(command=_trial)


def _add_simulate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--asset", required=True, help="asset type")
    parser.add_argument("--hours", type=float, default=1.0, help="of its time (%(default)g)")
    parser.add_argument(
        "--seed", type=seed, default=1, metavar="N", help="which machine, and its luck"
    )
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
    parser.add_argument(
        "--device", type=device_id, default=None, metavar="ID", help="what it is called in the CSV"
    )
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


def _serve(arguments: argparse.Namespace, settings: Settings) -> int:
    from inference.serving.app import create_app  # noqa: PLC0415  (training needs no web server)
    from inference.serving.registry import Registry  # noqa: PLC0415
    from inference.training.trainer import Trainer, untrained  # noqa: PLC0415

    listener = _listener(settings)
    types = TypeFolder(settings.data_dir)
    lacking = untrained(
        [*assets.CATALOGUE.values()], settings.models_dir, verdicts=settings.own_verdicts
    )
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
    address = url_of(settings.host, settings.inference_port)
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
        address = url_of(settings.host, settings.inference_port).removeprefix("http://")
        raise InferenceError(
            f"Cannot listen on {address}: {reason}. "
            "Stop that program, or set EDGETWIN_INFERENCE_PORT in .env."
        ) from error
    return listener


if __name__ == "__main__":
    sys.exit(main())
