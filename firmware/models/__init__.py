"""Virtual machines: seeded physics in, sensor readings out.

One module an asset type, in the MicroPython subset, with ``Machine`` and what it says of itself, as
docs/architecture.md section 8 has it. The modules without a ``Machine`` are what those are made of.
"""


def module(asset: str):
    """The module that simulates ``asset``, imported on demand: a board has room for its own only.

    Raises:
        ValueError: no model is called so.
    """
    if not asset.replace("_", "").isalpha():
        raise ValueError(f"not a name of an asset type: {asset!r}"[:100])
    try:
        found = __import__("firmware.models." + asset, None, None, ("Machine",))
    except ImportError:
        raise ValueError("there is no virtual machine of type " + asset) from None
    if not hasattr(found, "Machine"):
        raise ValueError("there is no virtual machine of type " + asset)
    return found


def rate_hz(model) -> float:
    """How often machines that ``model`` simulates are read where nobody says otherwise."""
    return getattr(model, "RATE_HZ", 5.0)


def create(asset: str, seed: int):
    """A virtual machine of type ``asset``; its parameters and all its noise come from ``seed``."""
    return module(asset).Machine(seed)
