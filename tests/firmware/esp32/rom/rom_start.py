"""What an ESP32's MicroPython has and the one in WebAssembly lacks, before main.py is run."""

import asyncio

from streams import open_connection

_tasks = []


def _run(program):
    """It returns at once here: JavaScript's loop, which runs the task, is outside of Python."""
    _tasks.append(asyncio.create_task(program))


asyncio.run = _run
asyncio.open_connection = open_connection
