"""What the name of an epoch tells: SPOOL-BOOT, where BOOT counts the starts of a board. Pure."""


def boots_between(epoch: str, later: str) -> int | None:
    """How often a board was started from one epoch to the other; None: they do not tell."""
    spool, _, boot = epoch.rpartition("-")
    later_spool, _, later_boot = later.rpartition("-")
    if spool != later_spool or not (boot.isdigit() and later_boot.isdigit()):
        return None
    return int(later_boot) - int(boot)
