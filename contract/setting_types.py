"""What a setting may be: text in, checked; a refusal's sentence follows its variable's name."""

from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field

from contract import rate
from contract.site_time import SiteTime
from contract.topics import is_name

LONGEST_RETENTION_DAYS: Final = 36_500.0


def checked_name(text: str) -> str:
    """Raises ValueError where ``text`` is no name of a site, a device or a login."""
    if not is_name(text):
        raise ValueError(
            "must be letters, digits, '_', '.' and '-', at most 64, a letter or digit first"
        )
    return text


def _address(text: str) -> str:
    if text and (not text.startswith(("http://", "https://")) or any(map(str.isspace, text))):
        raise ValueError("must be an address such as http://127.0.0.1:8086")
    return text


def _servers(text: str) -> str:
    for pair in text.split(",") if text else ():
        host, _, port = pair.strip().rpartition(":")
        if not host or any(map(str.isspace, host)) or "/" in host or not port.isdecimal():
            raise ValueError("must be host:port, or several with commas between")
    return text


def _no_control_letters(text: str) -> str:
    if text and not text.isprintable():
        raise ValueError("must be printable letters in one line")
    return text


def _zone(text: str) -> str:
    return SiteTime(text).name if text else text


Name = Annotated[str, AfterValidator(checked_name)]
Text = Annotated[str, AfterValidator(_no_control_letters)]
Address = Annotated[str, AfterValidator(_address)]
Servers = Annotated[str, AfterValidator(_servers)]
Zone = Annotated[str, AfterValidator(_zone)]
Port = Annotated[int, Field(ge=1, le=65535)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
AtLeastOne = Annotated[float, Field(ge=1, allow_inf_nan=False)]
Days = Annotated[float, Field(gt=0, le=LONGEST_RETENTION_DAYS)]
Limit = Annotated[Days | None, Field()]  # None: for good
Size = Annotated[Positive | None, Field()]  # None: no bound
Rate = Annotated[float | None, BeforeValidator(rate.optional)]
