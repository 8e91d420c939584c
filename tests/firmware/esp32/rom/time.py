# ruff: noqa: F403 - a module of the virtual board
"""The clock of an ESP32: it counts from the year 2000, and is not set after power on."""

import utime
from utime import *

_YEAR_2000_S = 946684800
_set = [0]  # nanoseconds since 2000 when it was set, less those of the host then


def gmtime(seconds=None):
    return utime.gmtime((time() if seconds is None else seconds) + _YEAR_2000_S)


def time_ns():
    return utime.time_ns() + _set[0] if _set[0] else utime.ticks_ms() * 1000000 % 10**12


def time():
    return time_ns() // 10**9


def set_clock(moment):
    year, month, day, _weekday, hour, minute, second, micros = moment
    seconds = utime.mktime((year, month, day, hour, minute, second, 0, 0)) - _YEAR_2000_S
    _set[0] = seconds * 10**9 + micros * 1000 - utime.time_ns()
