"""What state a board is in, as a pattern of light: docs/boards.md has the same table for people."""

STARTING = "starting"
WIFI = "wifi"
BROKER = "broker"
ONLINE = "online"
FILLING = "filling"
SENSOR = "sensor"
IDENTIFY = "identify"

# Milliseconds on, off, on, off ...
PATTERNS = {
    STARTING: (1000, 0),
    WIFI: (100, 100),
    BROKER: (500, 500),
    ONLINE: (50, 2950),
    FILLING: (100, 200, 100, 1600),
    SENSOR: (100, 200, 100, 200, 100, 1300),
    IDENTIFY: (900, 100),
}
# For boards whose lamp has colours: red, green, blue, dim enough to look at.
COLOURS = {
    STARTING: (8, 8, 8),
    WIFI: (0, 0, 24),
    BROKER: (20, 10, 0),
    ONLINE: (0, 16, 0),
    FILLING: (16, 0, 16),
    SENSOR: (24, 0, 0),
    IDENTIFY: (32, 32, 32),
}
_FILLING_FROM = 200  # readings nobody has settled: more than a window of the delivery


def state(*, wifi: bool, device, identifying: bool) -> str:
    """The one thing worth telling; what stops readings comes before what delays them."""
    if identifying:
        return IDENTIFY
    if not wifi:
        return WIFI
    if device.withheld.standing:
        return SENSOR
    if not device.uplink.connected:
        return BROKER
    if device.delivery.in_flight + device.delivery.pending > _FILLING_FROM:
        return FILLING
    return ONLINE


def lit(name: str, elapsed_ms: int) -> bool:
    """Whether the lamp burns ``elapsed_ms`` into the pattern of state ``name``."""
    pattern = PATTERNS[name]
    at = elapsed_ms % sum(pattern)
    for index in range(len(pattern)):
        at -= pattern[index]
        if at < 0:
            return index % 2 == 0
    return False
