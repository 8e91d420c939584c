"""The type of each device, as a command line can know it: the journal's, or what waits for it."""

from contract.errors import GatewayError
from contract.settings import Settings
from gateway.journal import JournalReader
from gateway.registry import decisions


def types_of(settings: Settings) -> dict[str, str]:
    """By name; nothing of who has not reported, and of whom nobody has said anything."""
    known = _reported(settings)
    waiting = decisions.waiting(settings.data_dir)
    return known | {device: decision.asset for device, decision in waiting}


def _reported(settings: Settings) -> dict[str, str]:
    if not settings.journal_path.exists():
        return {}
    try:
        reader = JournalReader(settings.journal_path)
    except GatewayError:
        return {}
    try:
        return {stored.name: stored.asset for stored in reader.devices()}
    except GatewayError:
        return {}
    finally:
        reader.close()
