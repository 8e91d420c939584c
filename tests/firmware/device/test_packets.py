"""MQTT packets survive any way the network cuts them, and rubbish closes the connection."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.device import packets

PACKETS = [
    packets.publish(b"a/b", b"x" * size, 7, retain=size % 2 == 0)
    for size in (0, 1, 100, 127, 128, 5000)
] + [packets.puback(1), packets.puback(65535), packets.PING]


@given(st.data())
def test_packets_come_out_the_same_however_the_stream_is_cut(data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(PACKETS), max_size=8))
    stream = b"".join(chosen)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    parser = packets.Parser(20_000)
    out = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        out += parser.feed(stream[start:end])
    assert out == [packets.Parser(20_000).feed(packet)[0] for packet in chosen]
    assert [kind for kind, _, _ in out] == [packet[0] >> 4 for packet in chosen]


@given(st.text(min_size=1, max_size=80), st.binary(max_size=300), st.integers(1, 65535))
def test_a_publish_reads_back(topic: str, body: bytes, packet_id: int) -> None:
    try:
        raw = topic.encode()
    except UnicodeEncodeError:
        return
    ((kind, flags, content),) = packets.Parser(1000).feed(
        packets.publish(raw, body, packet_id, retain=True)
    )
    assert (kind, flags) == (packets.PUBLISH, 3)
    assert packets.parse_publish(flags, content) == (topic, body, packet_id)


@given(st.binary(max_size=400), st.integers(0, 15))
def test_rubbish_never_raises_anything_but_malformed_packet(rubbish: bytes, flags: int) -> None:
    try:
        for kind, its_flags, body in packets.Parser(200).feed(rubbish):
            if kind == packets.PUBLISH:
                packets.parse_publish(its_flags, body)
            elif kind == packets.PUBACK:
                packets.packet_id_of(body)
        packets.parse_publish(flags, rubbish)
    except packets.MalformedPacket:
        pass


@pytest.mark.parametrize(
    ("flags", "body"),
    [
        (2, b""),
        (2, b"\x00\x01a"),  # no packet id
        (2, b"\x00\x01a\x00\x00"),  # packet id 0
        (0, b"\x00\x00payload"),  # no topic
        (0, b"\x00\x09a"),  # topic longer than the packet
        (4, b"\x00\x01a\x00\x01"),  # QoS 2
        (6, b"\x00\x01a\x00\x01"),  # QoS 3
        (0, b"\x00\x02\xff\xfe"),  # not UTF-8
    ],
)
def test_a_broken_publish_is_named_malformed(flags: int, body: bytes) -> None:
    with pytest.raises(packets.MalformedPacket):
        packets.parse_publish(flags, body)


def test_a_packet_beyond_the_limit_is_refused_before_it_is_buffered() -> None:
    with pytest.raises(packets.MalformedPacket, match="201"):
        packets.Parser(200).feed(b"\x30\xc9\x01")


def test_a_length_of_five_bytes_is_refused() -> None:
    with pytest.raises(packets.MalformedPacket, match="impossible"):
        packets.Parser(2**30).feed(b"\x30\xff\xff\xff\xff\x01")


@pytest.mark.parametrize(
    ("code", "words"), [(2, "client id"), (4, "password"), (5, "authorised"), (99, "code 99")]
)
def test_a_refusal_says_why(code: int, words: str) -> None:
    with pytest.raises(OSError, match=words):
        packets.check_connack(bytes((0, code)))


def test_acceptance_and_nonsense_of_a_connack() -> None:
    packets.check_connack(b"\x00\x00")
    with pytest.raises(packets.MalformedPacket):
        packets.check_connack(b"\x00")
