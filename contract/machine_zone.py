"""What this machine says its time zone is."""

import logging
from functools import cache
from typing import Final
from zoneinfo import ZoneInfoNotFoundError

import tzlocal

from contract.site_time import SiteTime

UNTOLD: Final = "UTC"

log = logging.getLogger(__name__)


@cache
def machine_zone() -> SiteTime:
    """The machine's own zone; UTC where it does not tell, or says two things at once."""
    try:
        name = tzlocal.get_localzone_name()
        return SiteTime(name or UNTOLD)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        log.warning("This machine's time zone cannot be told, so it is UTC: %s", error)
        return SiteTime(UNTOLD)
