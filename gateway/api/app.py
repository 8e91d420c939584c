"""The application: routes over the journal and the live fleet, behind a guard."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from fastapi import Depends, FastAPI
from fastapi_offline import FastAPIOffline

from gateway.api import openapi, problems
from gateway.api.context import Context, Ctx
from gateway.api.health import running_version
from gateway.api.metrics import registry_of
from gateway.api.ports import Services
from gateway.api.readers import Readers
from gateway.api.relative import CLOCK, Clock
from gateway.api.routes import (
    alarms,
    anomalies,
    anomaly_statistics,
    audit,
    by_label,
    deletion,
    devices,
    events,
    exports,
    happenings,
    history,
    kpis,
    limits,
    live,
    loads,
    log,
    machines,
    maintenance_windows,
    notifications,
    photo,
    raw,
    registry,
    report,
    revisions,
    series,
    service,
    upkeep,
    verdicts,
    waiting_boards,
    what_if,
)
from gateway.api.shift_file import ShiftFile
from gateway.registry import picture
from hosting.audit.events import NOBODY, What
from hosting.guard.bodies import Pictures
from hosting.guard.doorkeeper import ASSETS_PATH, Guard, House

_PHOTOS: Final = Pictures(
    path=re.compile(r"/devices/[^/]{1,64}/photo"),
    types=picture.TYPES,
    most_bytes=picture.MOST_BYTES,
)


def create_app(services: Services) -> FastAPI:
    """The REST API of a running gateway: paths, answers and errors of docs/architecture.md §6.

    ``/docs`` brings its own scripts and styles, as a workshop may have no internet.
    """
    app = FastAPIOffline(
        redoc_url=None,
        static_url=ASSETS_PATH,
        title=openapi.TITLE,
        version=running_version(),
        description=openapi.DESCRIPTION,
        openapi_tags=openapi.TAGS,
        swagger_ui_parameters={"displayRequestDuration": True, "defaultModelsExpandDepth": 0},
        dependencies=[Depends(_by_the_sites_clock)],
        lifespan=_lifespan,
    )
    settings = services.settings
    app.state.context = Context(
        services=services,
        readers=Readers(
            services.journal_path, suspect=services.suspect, suspect_file=services.suspect_file
        ),
        shifts=ShiftFile(settings.shifts_path, settings.site_time),
    )
    app.state.registry = registry_of(services)
    for part in (
        devices,
        registry,
        limits,
        log,
        photo,
        machines,
        waiting_boards,
        history,
        raw,
        deletion,
        revisions,
        live,
        series,
        exports,
        loads,
        report,
        kpis,
        by_label,
        alarms,
        verdicts,
        anomalies,
        anomaly_statistics,
        events,
        happenings,
        upkeep,
        what_if,
        maintenance_windows,
        notifications,
        service,
        audit,
    ):
        app.include_router(part.router)
    problems.install(app)
    openapi.describe(app)
    house = House(
        name="The gateway",
        host=settings.host,
        token=settings.api_token,
        pictures=_PHOTOS,
        refused=_refused(services),
    )
    app.add_middleware(Guard, house=house)
    return app


async def _by_the_sites_clock(context: Ctx) -> None:
    """Before a request is read: a time in it without an offset is of this site, and from now on."""
    CLOCK.set(Clock(context.services.settings.site_time, context.services.now_ms))


def _refused(services: Services) -> Callable[[str, str], None]:
    def note(address: str, detail: str) -> None:
        services.audit(who=NOBODY, origin=address, what=What.TOKEN_REFUSED, detail=detail)

    return note


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    context: Context = app.state.context
    try:
        yield
    finally:
        context.readers.close()
