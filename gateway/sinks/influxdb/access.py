"""Where InfluxDB is and what lets the gateway in: from ``.env``, or from ``influx setup``."""

from pathlib import Path

import msgspec

from contract.errors import Misconfigured


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """Address, organisation, buckets, and a token for just these.

    ``bucket`` keeps readings, ``history_bucket`` minutes, diagnoses and alarms.
    """

    url: str
    org: str
    bucket: str
    history_bucket: str
    token: str


def history_of(bucket: str) -> str:
    """The bucket that keeps minutes, diagnoses and alarms, beside the readings' ``bucket``."""
    return f"{bucket}_history"


def find(*, data_dir: Path, url: str, token: str, org: str, bucket: str) -> Access | None:
    """The server that ``.env`` names, else the one that was set up here, else None.

    A server named without a token is entered with the token that ``influx setup`` made for it.

    Raises:
        Misconfigured: the file that the set-up wrote is unreadable.
    """
    made = _made_by_setup(data_dir / "influxdb" / "gateway.json")
    if not url or (made is not None and not token and made.url == url):
        return made
    return Access(url=url, org=org, bucket=bucket, history_bucket=history_of(bucket), token=token)


def _made_by_setup(path: Path) -> Access | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Access)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise Misconfigured(
            f"{path} is unreadable ({error}): delete it and run `python -m influx setup`."
        ) from error
