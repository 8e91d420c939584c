"""What the gateway knows of a machine, asked over HTTP: its type, its state, its parameters."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import httpx

from inference.errors import BadRequest, Busy, NoDevice
from inference.settings import Settings
from inference.simulation.asked import asset_of
from inference.simulation.bodies import ChannelBody, LimitBody, ScenariosBody, TermsBody

_TIMEOUT_S: Final = 5.0


async def with_device(body: ScenariosBody, settings: Settings) -> ScenariosBody:
    """The same of the type and from the state of ``body.device``, at its parameters.

    Raises:
        NoDevice: there is none of that name.
        BadRequest: its type cannot be simulated, or the request has a state or terms of its own.
        Busy: the gateway does not answer.
    """
    if body.state is not None or body.terms or body.channels:
        raise BadRequest(f"state, terms and channels are those of {body.device}: leave them out.")
    path = f"/devices/{quote(body.device or '', safe='')}"
    async with httpx.AsyncClient(
        base_url=settings.gateway_url,
        timeout=_TIMEOUT_S,
        headers={"authorization": f"Bearer {settings.api_token}"} if settings.api_token else {},
    ) as client:
        latest = await _asked(client, f"{path}/latest")
        params = await _asked(client, f"{path}/params")
        limits = await _asked(client, f"{path}/limits")
    if body.asset not in {None, latest["asset"]}:
        raise BadRequest(f"{body.device} is a {latest['asset']}, and no {body.asset}.")
    return body.model_copy(
        update={
            "asset": latest["asset"],
            "state": latest["values"],
            "start_ms": latest["time_ms"] if body.start_ms is None else body.start_ms,
            "channels": _own(limits["channels"]),
            "terms": [TermsBody(from_ms=0, params=_values(latest["asset"], params["params"]))],
        }
    )


async def _asked(client: httpx.AsyncClient, path: str) -> Any:
    try:
        answer = await client.get(path)
    except httpx.HTTPError as error:
        raise Busy(
            f"The gateway at {client.base_url} does not answer ({error or type(error).__name__}):"
            " name an asset instead of a device, or start it."
        ) from error
    if answer.status_code == HTTPStatus.NOT_FOUND:
        raise NoDevice(str(answer.json()["detail"]))
    if answer.status_code != HTTPStatus.OK:
        raise Busy(f"The gateway answered {answer.status_code} to {path}.")
    return answer.json()


def _own(channels: Sequence[Mapping[str, Any]]) -> dict[str, ChannelBody]:
    """The bands and limits that are the machine's own."""
    words = LimitBody.model_fields
    return {
        channel["name"]: ChannelBody(
            normal=channel["normal"],
            limits=[
                LimitBody(**{word: limit[word] for word in words}) for limit in channel["limits"]
            ],
        )
        for channel in channels
        if channel["is_own"]
    }


def _values(asset: str, params: Mapping[str, Any]) -> dict[str, float]:
    """Those of its type: every device has others as well."""
    known = {param.name for param in asset_of(asset).params}
    return {name: float(told["value"]) for name, told in params.items() if name in known}
