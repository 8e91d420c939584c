"""The description of every device that is of no type, or was."""

import msgspec

from contract.type_files.generic import Description, Learned, Said

_UNKNOWN = Description()


class Descriptions:
    """By device; kept when a device gets a type, and good again when it loses that."""

    def __init__(self) -> None:
        self._by_device: dict[str, Description] = {}

    def of(self, device: str) -> Description:
        return self._by_device.get(device, _UNKNOWN)

    def put(self, device: str, description: Description) -> None:
        self._by_device[device] = description

    def forget(self, device: str) -> None:
        self._by_device.pop(device, None)

    def learned(self, device: str, name: str, value: object) -> None:
        """A row of the ledger: what the device showed."""
        found = msgspec.convert(value, Learned)
        if self.of(device).learned.get(name) == found:
            return
        self.put(device, self.of(device).with_learned({name: found}))

    def said(self, device: str, name: str, value: object) -> None:
        """A row of the ledger: what a person said; None takes it back."""
        said = None if value is None else msgspec.convert(value, Said)
        if self.of(device).said(name) == (said or Said()):
            return
        self.put(device, self.of(device).with_said(name, said))
