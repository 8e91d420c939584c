"""What the columns of a file showed in; the file of a type like it out."""

from contract import assets, topics
from contract.assets import GENERIC
from contract.errors import Conflict, Refused, WrongType
from contract.language.units import unit
from contract.settings import Settings
from contract.type_files.folder import TypeFolder
from contract.type_files.generic import Description
from contract.type_files.writing import written
from gateway.importing.parcel import Header


def check_name(name: str) -> None:
    """Raises Refused: no type can be called so."""
    if not topics.is_name(name) or name == GENERIC or name in assets.BUILT_IN:
        raise Refused(f"{name!r} cannot be the name of a type of your own.")


def check(name: str, header: Header, settings: Settings, *, usual_ms: int | None) -> None:
    """Raises Conflict: there is another of that name."""
    path = TypeFolder(settings.data_dir).path_of(name)
    if path.exists() and path.read_text(encoding="utf-8") != _text(name, header, usual_ms):
        raise Conflict(f"There is a type {name} already: say --asset {name}, or another name.")


def made(name: str, header: Header, settings: Settings, *, usual_ms: int | None) -> str:
    """Write ``assets/NAME.toml``; where it is.

    ``name``: see ``check_name``.

    Raises:
        Conflict: there is another of that name. Refused: no type can be made of it.
    """
    folder = TypeFolder(settings.data_dir)
    path = folder.path_of(name)
    check(name, header, settings, usual_ms=usual_ms)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_text(name, header, usual_ms), encoding="utf-8")
    folder.follow()
    if name not in assets.CATALOGUE:
        path.unlink()
        raise Refused(f"No type can be made of it: {next(iter(folder.mistakes.values()), '')}")
    return str(path)


def _text(name: str, header: Header, usual_ms: int | None) -> str:
    description = Description()
    for values in header.samples:
        description = description.with_learned(description.news(values))
    units = {name: each for name, each in header.units.items() if _is_known(each)}
    description = description.with_learned(description.units_told(units))
    return written(
        description,
        device=header.source,
        title=name.replace("-", " ").replace("_", " ").capitalize(),
        rate_hz=1000 / usual_ms if usual_ms else 1.0,
        always=(),
    )


def _is_known(text: str) -> bool:
    try:
        unit(text)
    except WrongType:
        return False
    return True
