"""Live devices in, what clients are shown of them out."""

from typing import Any

import msgspec

from contract.messages import Alarm, Birth, Diagnosis, State
from gateway.registry.fields import Fields
from gateway.twin.fleet import Device


class Delivery(msgspec.Struct):
    """How a device's readings arrive. ``pending``: received, but not settled in order yet."""

    device: str
    stored: int
    duplicates: int
    conflicts: int
    quarantined: int
    gaps: int
    missing: int
    over_budget: int
    epoch: str | None
    watermark: int
    pending: int
    last_seen_ms: int


class DeviceView(msgspec.Struct):
    """Everything about one device."""

    device: str
    asset: str
    stage: str
    first_seen_ms: int
    status: str
    sequenced: bool
    birth: Birth | None
    birth_refused: str | None
    imported_ms: int | None
    state: State | None
    diagnosis: Diagnosis | None
    alarms: list[Alarm]
    delivery: Delivery


class Introduction(msgspec.Struct):
    """What a device said of itself, and people of it (empty: nobody has)."""

    device: str
    asset: str
    stage: str
    first_seen_ms: int
    birth: Birth | None
    birth_refused: str | None
    name: str
    place: str
    group: str
    photo: str | None
    imported_ms: int | None


def introduction_of(device: Device, fields: Fields, photo: str | None) -> Introduction:
    return Introduction(
        device=device.name,
        asset=device.asset.name,
        stage=device.stage,
        first_seen_ms=device.first_seen_ms,
        birth=device.birth,
        birth_refused=device.birth_refused,
        name=fields.name,
        place=fields.place,
        group=fields.group,
        photo=photo,
        imported_ms=device.recorded_ms,
    )


def delivery_of(device: Device) -> Delivery:
    epoch = device.epoch
    counts: dict[str, Any] = msgspec.structs.asdict(device.counts)
    return Delivery(
        device=device.name,
        epoch=epoch.name if epoch else None,
        watermark=epoch.watermark.seq if epoch else 0,
        pending=epoch.watermark.pending if epoch else 0,
        last_seen_ms=device.last_seen_ms,
        **counts,
    )


def state_of(device: Device, *, now_ms: int) -> State | None:
    """The twin's state; None before its first reading."""
    state = told_of(device, now_ms=now_ms)
    return state if state.values else None


def told_of(device: Device, *, now_ms: int) -> State:
    """The twin's state, of whatever it has heard."""
    return device.twin.state(
        now_ms=now_ms,
        status=device.status,
        sequenced=device.sequenced,
        clock=device.board_clock,
        not_judged=device.not_judged,
        settings=device.settings.shown(),
        catalogue=device.catalogue_id,
        maintenance=device.maintenance,
    )


def is_heard(device: Device, *, now_ms: int) -> bool:
    """Whether its next reading is not overdue: what measures rarely is heard rarely."""
    return now_ms - device.last_seen_ms <= device.twin.stale_after_ms


def view_of(device: Device, *, now_ms: int) -> DeviceView:
    return DeviceView(
        device=device.name,
        asset=device.asset.name,
        stage=device.stage,
        first_seen_ms=device.first_seen_ms,
        status=device.status,
        sequenced=device.sequenced,
        birth=device.birth,
        birth_refused=device.birth_refused,
        imported_ms=device.recorded_ms,
        state=state_of(device, now_ms=now_ms),
        diagnosis=device.diagnosis,
        alarms=sorted(device.alarms.values(), key=lambda alarm: -alarm.id),
        delivery=delivery_of(device),
    )
