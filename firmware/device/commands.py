"""Orders from the gateway: a command in, the device changed, a result out."""

import json

_REMEMBERED = 32
_MOST_ID_LETTERS = 64
_LARGEST = 3e38  # that a float of 32 bits holds


class Refused(ValueError):
    """The command is not carried out; the text says why and goes into the result."""


class Commands:
    """Carries out what arrives on ``command``, each id once."""

    def __init__(self, *, device, board) -> None:
        self._device = device
        self._board = board
        self._seen: list[str] = []

    def handle(self, payload: bytes):
        """The result of one command as JSON; None when it gets no answer (rubbish, a repeat)."""
        command = self._decode(payload)
        if command is None or command["id"] in self._seen:
            return None
        self._seen.append(command["id"])
        del self._seen[:-_REMEMBERED]
        error = None
        try:
            self._check(command)
            self._carry_out(command["name"], command.get("args") or {})
        except ValueError as refusal:
            error = str(refusal)
        result = {"id": command["id"], "ok": error is None, "error": error}
        now_ms = self._board.time_ms()
        if now_ms:
            result["time_ms"] = now_ms
        return json.dumps(result).encode()

    def _decode(self, payload: bytes):
        """The command, or None. An id too long to be kept would have to be in the answer too."""
        command = decoded(payload) or {}
        name = command.get("id")
        if not isinstance(name, str) or len(name) > _MOST_ID_LETTERS:
            self._board.say("a command without an id of at most 64 characters was ignored")
            return None
        return command

    def _check(self, command: dict[str, object]) -> None:
        if not isinstance(command.get("name"), str):
            raise Refused("a command needs a name")
        if not isinstance(command.get("args") or {}, dict):
            raise Refused("args must be an object")
        expires_ms = command.get("expires_ms")
        if isinstance(expires_ms, bool) or not isinstance(expires_ms, int):
            raise Refused("expires_ms must be an integer")
        now_ms = self._board.time_ms()
        if now_ms and now_ms > expires_ms:  # a board without a clock cannot tell
            raise Refused("expired %d ms ago" % (now_ms - expires_ms))

    def _carry_out(self, name: str, args: dict[str, object]) -> None:
        device = self._device
        if name == "inject_fault":
            device.inject_fault(_text(args, "fault"))
        elif name == "clear_fault":
            device.clear_fault()
        elif name == "set_rate":
            device.set_rate(number(args, "rate_hz"))
        elif name == "set_point":
            device.set_point(number(args, "set_point"))
        elif name == "identify":
            self._board.identify()
        elif name == "restart":
            device.restart()
        elif name == "update":
            device.update(args)
        else:
            raise Refused(
                "this device knows inject_fault, clear_fault, set_rate, set_point, identify, "
                "restart, update; not " + name[:64]
            )


def decoded(payload: bytes):
    """The JSON object in ``payload``; None: it is none, or more than this board has room for."""
    try:
        found = json.loads(payload)
    except (ValueError, RuntimeError, MemoryError):  # RuntimeError: nested too deep
        return None
    return found if isinstance(found, dict) else None


def number(args: dict[str, object], name: str) -> float:
    """The number called ``name``.

    Raises:
        Refused: it is missing or none.
    """
    value = args.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value - value != 0:
        raise Refused(name + " must be a number")
    return float(min(max(value, -_LARGEST), _LARGEST))  # what is larger is out of every range


def _text(args: dict[str, object], name: str) -> str:
    value = args.get(name)
    if not isinstance(value, str):
        raise Refused(name + " must be a text")
    return value
