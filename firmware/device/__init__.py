"""The program on the board: samples a machine, keeps every reading until the gateway has it.

MicroPython subset, the same files on an ESP32, under MicroPython for WebAssembly and under CPython.

sampler -> payload -> spool -> delivery -> uplink -> mqtt -> packets -> broker
commands <- uplink <- mqtt <- packets <- broker
"""

VERSION = "0.1.0"
