# ruff: noqa: F403 - a module of the virtual board
"""Files with the error numbers of a board (those of WebAssembly are others); its dice."""

import binascii

import host
import uos
from uos import *

_NUMBERS = {44: 2, 20: 17, 54: 20, 55: 39}  # ENOENT, EEXIST, ENOTDIR, ENOTEMPTY


def _translated(function):
    def call(*arguments):
        try:
            return function(*arguments)
        except OSError as error:
            raise OSError(_NUMBERS.get(error.errno, error.errno)) from None

    return call


stat = _translated(uos.stat)
mkdir = _translated(uos.mkdir)
remove = _translated(uos.remove)
rmdir = _translated(uos.rmdir)
listdir = _translated(uos.listdir)
rename = _translated(uos.rename)


def urandom(count):
    drawn = b""
    while len(drawn) < count:
        drawn += binascii.unhexlify(host.random_hex())
    return drawn[:count]
