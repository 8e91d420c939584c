"""The settings of ``contract.settings`` that boards' tools and the emulator listen to."""

from pydantic import ValidationError

from contract.settings import Fleet, Place, Process, Reach, sentences
from firmware.errors import SettingError


class Environment(Reach, Place, Fleet, Process):
    """From the environment, then from ``.env``; each has the default it is documented with."""


def load() -> Environment:
    """The settings of this process.

    Raises:
        SettingError: one is no number where one is wanted; the text names it.
    """
    try:
        return Environment()
    except ValidationError as error:
        raise SettingError(sentences(error)[0]) from None
