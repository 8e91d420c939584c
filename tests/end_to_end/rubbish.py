"""Over two hundred messages that no honest board sends, each with the reason it is refused for."""

import gzip
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

VALUES = {"temperature": 40.0, "rpm": 1200.0, "current": 1.0, "vibration": 0.8}
EPOCH = "0badcafe-1"
BIRTH = {"asset": "fan", "epoch": EPOCH}
INJECTIONS = (
    "'; DROP TABLE reading; --",
    '" OR 1=1 --',
    'from(bucket:"edgetwin") |> drop()',
    "reading,device=x value=1 1",
    "a b,c=d\nadmin x=1",
    "${jndi:ldap://x}",
    "../../etc/passwd",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "%n%n%n%s",
    "\u202eright to left",
    "a\u0000b",
)
_DEEP = 7_000


@dataclass(frozen=True, kw_only=True)
class Rubbish:
    """One bad message. ``before`` are good ones that make it bad; a birth makes it known."""

    name: str
    reason: str
    payload: bytes
    kind: str = "telemetry"
    device: str = ""  # empty: one of its own
    retain: bool = False
    introduced: bool = True
    before: tuple[bytes, ...] = ()


def reading(**changes: Any) -> dict[str, Any]:
    """A good reading with some of its parts replaced; None takes one away."""
    good = {"epoch": EPOCH, "seq": 1, "time_ms": time.time_ns() // 1_000_000, "values": VALUES}
    return {key: value for key, value in (good | changes).items() if value is not None}


def encoded(**changes: Any) -> bytes:
    return json.dumps(reading(**changes)).encode()


def spliced(old: str, new: str | bytes) -> bytes:
    """A good reading whose text ``old`` is replaced by ``new``."""
    text = encoded()
    assert text.count(old.encode()) == 1, old
    return text.replace(old.encode(), new if isinstance(new, bytes) else new.encode())


def corpus() -> list[Rubbish]:
    """All of it, each with a name of its own."""
    parts = (
        _no_json, _no_text, _numbers, _shapes, _epochs, _seqs, _times, _channels, _ranges, _twice,
        _events, _sizes, _floors, _births, _statuses, _results, _topics, _strangers, _conflicts,
    )  # fmt: skip
    cases = [case for part in parts for case in part()]
    names = [case.name for case in cases]
    assert len(set(names)) == len(names), "two cases have one name"
    return cases


def _telemetry(reason: str, cases: dict[str, bytes]) -> Iterator[Rubbish]:
    for name, payload in cases.items():
        yield Rubbish(name=f"{reason}: {name}", reason=reason, payload=payload)


def _no_json() -> Iterator[Rubbish]:
    whole = encoded()
    cuts = {f"cut after {at}": whole[:at] for at in range(1, len(whole) - 1, 6)}
    yield from _telemetry("not_json", cuts)
    yield from _telemetry(
        "not_json",
        {
            "empty": b"",
            "space": b"  ",
            "a word": b"hello",
            "single quotes": whole.replace(b'"', b"'"),
            "a comma too many": whole[:-1] + b",}",
            "two objects": whole + whole,
            "a comment": b"/* */" + whole,
            "a byte order mark": b"\xef\xbb\xbf" + whole,
            "brackets without end": b"[" * _DEEP,
            "braces without end": b'{"x":' * 3_000,
            "deep in a field nobody reads": spliced('"seq": 1', '"seq":1,"x":' + "[" * _DEEP),
            "a list cut off": b"[" + whole,
            "form data": b"epoch=1&seq=2",
            "a raw newline in a text": spliced(EPOCH, "a\nb"),
            "a raw NUL in a text": spliced(EPOCH, "a\0b"),
            "a NUL behind": whole + b"\0",
            "half a surrogate pair as epoch": spliced(EPOCH, "\\ud800"),
            "half a surrogate pair as channel": spliced('"rpm"', '"\\udc00"'),
            "half a surrogate pair, unread": spliced('"seq": 1', '"seq":1,"x":"\\ud800"'),
        },
    )


def _no_text() -> Iterator[Rubbish]:
    yield from _telemetry(
        "not_utf8",
        {
            "0xff as epoch": spliced(EPOCH, b"\xff"),
            "overlong slash": spliced(EPOCH, b"\xc0\xaf"),
            "raw surrogate": spliced(EPOCH, b"\xed\xa0\x80"),
            "cut character": spliced(EPOCH, b"\xc3("),
            "in a channel": spliced('"rpm"', b'"\xff"'),
            "in a field nobody reads": spliced('"seq": 1', b'"seq":1,"x":"\xff"'),
            "in a key nobody reads": spliced('"seq": 1', b'"seq":1,"\xff":1'),
            "UTF-16": encoded().decode().encode("utf-16"),
            "MessagePack": b"\x81\x05",
            "gzip": gzip.compress(encoded(), mtime=0),
            "Latin-1": spliced(EPOCH, b"gr\xfcn"),
        },
    )


def _numbers() -> Iterator[Rubbish]:
    for channel, value in VALUES.items():
        field = f'"{channel}": {value}'
        for literal in ("1nan", "nano", "--inf", "0x10", "+1", "01", ".5", "1."):
            yield from _telemetry(
                "not_json", {f"{channel} {literal}": spliced(field, f'"{channel}":{literal}')}
            )
    for literal in ("1e400", "true", "null", '"1"'):
        values = "{" + ",".join(f'"{channel}":{literal}' for channel in VALUES) + "}"
        payload = spliced(json.dumps(VALUES), values)
        yield from _telemetry("not_a_number", {f"all are {literal}": payload})


def _shapes() -> Iterator[Rubbish]:
    yield from _telemetry(
        "wrong_shape",
        {
            "null": b"null",
            "true": b"true",
            "a number": b"12",
            "a text": b'"reading"',
            "an empty object": b"{}",
            "an empty list": b"[]",
            "a list of numbers": b"[1]",
            "a list of lists": b"[[]]",
            "values null": spliced('"values": {', '"values":null,"x":{'),
            "values a list": encoded(values=[40.0, 1200.0]),
            "values a text": encoded(values="hot"),
            "values a number": encoded(values=40.0),
            "truth a number": encoded(truth=1),
            "truth a list": encoded(truth=[]),
            "truth unknown": encoded(truth="dragon"),
            "truth of another kind": encoded(truth="unknown"),
            "truth too long": encoded(truth="x" * 5_000),
        },
    )
    for text in INJECTIONS:
        yield from _telemetry("wrong_shape", {f"truth {text!r}": encoded(truth=text)})


def _epochs() -> Iterator[Rubbish]:
    bad: dict[str, Any] = {
        "a number": 7,
        "true": True,
        "a list": ["a"],
        "an object": {},
        "empty": "",
        "too long": "a" * 33,
        "a space": "a b",
        "a slash": "a/b",
        "an umlaut": "grün",
        "an underscore": "a_b",
        "a newline behind": "abc\n",
        "the gateway's own": "unsequenced",
    }
    yield from _telemetry("bad_epoch", {name: encoded(epoch=it) for name, it in bad.items()})
    for text in INJECTIONS:
        yield from _telemetry("bad_epoch", {f"{text!r}": encoded(epoch=text)})


def _seqs() -> Iterator[Rubbish]:
    bad: dict[str, Any] = {
        "0": 0,
        "-1": -1,
        "2^32": 2**32,
        "2^63": 2**63,
        "2^64": 2**64,
        "1.5": 1.5,
        "a text": "1",
        "true": True,
        "a list": [1],
        "an object": {},
    }
    yield from _telemetry("bad_seq", {name: encoded(seq=it) for name, it in bad.items()})
    yield from _telemetry(
        "bad_seq",
        {
            "missing": encoded(seq=None),
            "without epoch": encoded(epoch=None),
            "null": spliced('"seq": 1', '"seq":null'),
            "5,000 digits": spliced('"seq": 1', '"seq":' + "9" * 5_000),
        },
    )


def _times() -> Iterator[Rubbish]:
    week_ago_ms = time.time_ns() // 1_000_000 - 8 * 86_400_000
    bad: dict[str, Any] = {
        "seconds": 1_763_629_200,
        "microseconds": time.time_ns() // 1_000,
        "eight days ago": week_ago_ms,
        "a text": "2025-11-20T10:00:00Z",
        "true": True,
        "a list": [],
    }
    yield from _telemetry("bad_time", {name: encoded(time_ms=it) for name, it in bad.items()})
    text = f'"time_ms": {reading()["time_ms"]}'
    whole = f'{{"epoch":"{EPOCH}","seq":1,{text},"values":{json.dumps(VALUES)}}}'
    digits = whole.replace(text, '"time_ms":' + "9" * 5_000)
    yield from _telemetry("bad_time", {"5,000 digits": digits.encode()})


def _channels() -> Iterator[Rubbish]:
    yield from _telemetry("missing_channel", {"none at all": encoded(values={})})
    for name in ("Temperature", *INJECTIONS):
        payload = encoded(values={name: 1.0})
        yield from _telemetry("missing_channel", {f"{name[:40]!r} alone": payload})


def _ranges() -> Iterator[Rubbish]:
    for value in (1e308, -1e308):
        payload = encoded(values=dict.fromkeys(VALUES, value))
        yield from _telemetry("out_of_range", {f"all are {value:g}": payload})
    many = VALUES | {f"x{number}": 1.0 for number in range(100)}
    yield from _telemetry("too_many", {"a hundred channels": encoded(values=many)})


def _events() -> Iterator[Rubbish]:
    names: dict[str, Any] = {
        "a number": 7,
        "true": True,
        "a list": ["service"],
        "an object": {},
        "empty": "",
        "a space": "a b",
        "an umlaut": "tür",
        "too long": "x" * 65,
        "the gateway's own": "(others)",
    }
    names |= {f"{text!r}": text for text in INJECTIONS}
    yield from _telemetry("bad_event", {name: encoded(event=it) for name, it in names.items()})
    fields = {f"f{number}": 1.0 for number in range(33)}
    yield from _telemetry("too_many", {"33 fields": encoded(event="x", values=fields)})
    yield from _telemetry(
        "wrong_shape",
        {
            "an event whose values are a list": encoded(event="x", values=[1]),
            "an event with an unknown truth": encoded(event="x", truth="dragon"),
        },
    )
    yield from _telemetry("bad_time", {"of an event": encoded(event="x", time_ms="now")})
    yield from _telemetry("bad_seq", {"of an event": encoded(event="x", seq=0)})
    yield from _telemetry("bad_epoch", {"of an event": encoded(event="x", epoch="a b")})
    twice = encoded(event="x").replace(b'"event"', b'"event":"y","event"')
    yield from _telemetry("duplicate_key", {"event": twice})
    yield Rubbish(
        name="an event before anything is known of its device",
        reason="unknown_device",
        payload=encoded(event="x"),
        introduced=False,
    )
    for name, other in (
        ("an event where a reading was", {"event": "x"}),
        ("an event of another name", {"event": "y", "values": {}}),
    ):
        yield Rubbish(
            name=f"conflict: {name}",
            reason="conflict",
            payload=encoded(**other),
            before=(encoded() if "reading" in name else encoded(event="x", values={}),),
        )


def _twice() -> Iterator[Rubbish]:
    yield from _telemetry(
        "duplicate_key",
        {
            "epoch": spliced('"seq": 1', f'"seq":1,"epoch":"{EPOCH}"'),
            "seq": spliced('"seq": 1', '"seq":1,"seq":2'),
            "values": spliced('"seq": 1', '"seq":1,"values":{}'),
            "a channel": spliced('"rpm": 1200.0', '"rpm":1200.0,"rpm":1.0'),
            "a channel, escaped": spliced('"rpm": 1200.0', '"rpm":1200.0,"\\u0072pm":1.0'),
            "time": spliced('"seq": 1', '"seq":1,"time_ms":1'),
            "unread": spliced('"seq": 1', '"seq":1,"x":1,"x":2'),
            "unread, deeper": spliced('"seq": 1', '"seq":1,"x":{"y":1,"y":2}'),
            "of a floor": f'{{"epoch":"x","epoch":"{EPOCH}","oldest":2}}'.encode(),
        },
    )


def _sizes() -> Iterator[Rubbish]:
    for size in (16_385, 20_000):
        padding = "x" * (size - len(encoded(x="")))
        yield from _telemetry("too_large", {f"{size} bytes": encoded(x=padding)})
    for kind, least in (("birth", BIRTH), ("result", {"id": "1", "ok": True})):
        payload = json.dumps({**least, "x": "x" * 20_000}).encode()
        yield Rubbish(name=f"too_large: {kind}", reason="too_large", payload=payload, kind=kind)
    for count in (21, 100, 1_000):
        payload = json.dumps([{"values": {}}] * count).encode()
        yield from _telemetry("too_many", {f"{count} readings": payload})
    payload = encoded()
    yield Rubbish(name="retained", reason="retained", payload=payload, retain=True)


def _floors() -> Iterator[Rubbish]:
    for name, oldest in {"0": 0, "-1": -1, "2^32": 2**32, "a text": "1", "1.5": 1.5}.items():
        payload = json.dumps({"epoch": EPOCH, "oldest": oldest}).encode()
        yield from _telemetry("bad_seq", {f"floor {name}": payload})
    yield from _telemetry(
        "wrong_shape",
        {
            "a floor without epoch": b'{"oldest":3}',
            "a floor without oldest": b'{"epoch":"a"}',
            "a floor of null": b'{"epoch":"a","oldest":null}',
        },
    )
    yield from _telemetry("bad_epoch", {"of a floor": b'{"epoch":"a b","oldest":3}'})


def _births() -> Iterator[Rubbish]:
    bad: dict[str, Any] = {
        "a list": [],
        "null": None,
        "without asset": {},
        "asset a number": {"asset": 1},
        "asset null": {"asset": None},
        "channels a text": BIRTH | {"channels": "rpm"},
        "channels of numbers": BIRTH | {"channels": [1]},
        "rate a text": BIRTH | {"rate_hz": "5"},
        "virtual a number": BIRTH | {"virtual": 1},
        "faults of numbers": BIRTH | {"faults": [1]},
        "epoch a number": BIRTH | {"epoch": 1},
    }
    cases = {name: json.dumps(it).encode() for name, it in bad.items()} | {
        "no JSON": b"fan",
        "no UTF-8": b'{"asset":"\xff"}',
        "NaN": b'{"asset":"fan","rate_hz":NaN}',
        "1e400": b'{"asset":"fan","rate_hz":1e400}',
        "deep": b"[" * _DEEP,
        "half a surrogate pair": b'{"asset":"fan","location":"\\ud800"}',
    }
    for name, payload in cases.items():
        yield _of_kind("birth", "bad_birth", name, payload)
    for asset in ("dragon", "", "Fan", "base", *INJECTIONS):
        payload = json.dumps({"asset": asset}).encode()
        yield _of_kind("birth", "unknown_asset", repr(asset), payload)


def _of_kind(kind: str, reason: str, name: str, payload: bytes) -> Rubbish:
    return Rubbish(
        name=f"{reason}: {name}", reason=reason, payload=payload, kind=kind, introduced=False
    )


def _statuses() -> Iterator[Rubbish]:
    for payload in (b"ONLINE", b"1", b'"online"', b"online ", b"\xff", b"{}", b"x" * 20_000):
        yield _of_kind("status", "bad_status", repr(payload[:20]), payload)


def _results() -> Iterator[Rubbish]:
    cases = {
        "no JSON": b"done",
        "no id": b'{"ok":true}',
        "id a number": b'{"id":1,"ok":true}',
        "ok a number": b'{"id":"1","ok":1}',
        "a list": b"[]",
        "no UTF-8": b'{"id":"\xff","ok":true}',
        "time of 5,000 digits": b'{"id":"1","ok":true,"time_ms":' + b"9" * 5_000 + b"}",
    }
    for name, payload in cases.items():
        yield _of_kind("result", "bad_result", name, payload)


def _topics() -> Iterator[Rubbish]:
    names = (
        "a b", "-a", ".a", "_a", "grün", "a:b", "a,b", "a=b", "a'b", 'a"b', "a\\b", "a;b", "a%b",
        "a$b", "x" * 65, "gateway", "dashboard", "updater",
    )  # fmt: skip
    for name in names:
        yield Rubbish(
            name=f"bad_topic: {name[:20]!r}",
            reason="bad_topic",
            payload=encoded(),
            device=name,
            introduced=False,
        )


def _strangers() -> Iterator[Rubbish]:
    for name, payload in {
        "a name that is none": encoded(values={"a b": 1.0}),
        "no channel": encoded(values={}),
        "a floor": b'{"epoch":"a","oldest":3}',
    }.items():
        yield _of_kind("telemetry", "unknown_device", name, payload)
    yield _of_kind("result", "unknown_device", "a result", b'{"id":"1","ok":true}')


def _conflicts() -> Iterator[Rubbish]:
    first = encoded()
    later_ms = json.loads(first)["time_ms"] + 1_000
    for name, second in {
        "other values": encoded(values=VALUES | {"rpm": 1.0}),
        "other time": encoded(time_ms=later_ms),
        "other truth": encoded(truth="normal"),
        "one channel more": encoded(values=VALUES | {"ambient": 20.0}),
    }.items():
        yield Rubbish(name=f"conflict: {name}", reason="conflict", payload=second, before=(first,))
