"""``python -m influx build | serve | setup``: from nothing to an InfluxDB for the gateway."""

import argparse
import sys
from collections.abc import Sequence

from influx import build, serve, setup
from influx.settings import InfluxSettings, load
from influx.toolchain import ToolsMissing


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the process's exit status."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(load(), options))
    except (ToolsMissing, build.BuildFailed, setup.SetupFailed) as error:
        print(f"influx: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m influx", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    build_ = commands.add_parser("build", help="build influxd from source, or take it from cache")
    build_.set_defaults(run=_build)
    serve_ = commands.add_parser("serve", help="run the influxd that was built, and set it up")
    serve_.set_defaults(run=_serve)
    setup_ = commands.add_parser("setup", help="make organisation, buckets and tokens; repeatable")
    setup_.add_argument(
        "--wait", type=float, default=0.0, metavar="SECONDS", help="for the server to answer"
    )
    setup_.set_defaults(run=_setup)
    return parser


def _build(settings: InfluxSettings, _options: argparse.Namespace) -> int:
    build.put_in_place(settings.data_dir)
    return 0


def _serve(settings: InfluxSettings, _options: argparse.Namespace) -> int:
    serve.replace_this_process(settings)
    return 1


def _setup(settings: InfluxSettings, options: argparse.Namespace) -> int:
    setup.run(settings, wait_s=options.wait)
    return 0


if __name__ == "__main__":
    sys.exit(main())
