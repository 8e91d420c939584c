from collections.abc import Callable

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from contract import assets
from inference.errors import BadRequest
from inference.serving import intake
from inference.serving.schema import decode_batch, decode_predict

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
numbers = st.integers(-(10**6), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
rows = st.lists(st.lists(numbers, min_size=3, max_size=5), max_size=3)
windows = st.fixed_dictionaries({"time_ms": st.lists(st.integers(), max_size=3), "rows": rows})
batches = st.fixed_dictionaries(
    {
        "asset": st.just("fan") | json_values,
        "channels": st.just(["temperature", "rpm", "current", "vibration"]) | json_values,
        "windows": st.lists(windows, max_size=3) | json_values,
    }
)


def sentence_of(attempt: Callable[[], object]) -> str:
    """What ``attempt`` is refused with, or a full stop where it is not."""
    try:
        attempt()
    except BadRequest as error:
        return str(error)
    return "."


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_refused_with_a_sentence(body: bytes) -> None:
    assert sentence_of(lambda: decode_batch(body)).endswith(".")
    assert sentence_of(lambda: decode_predict(body)).endswith(".")


@given(batches)
def test_any_batch_becomes_windows_or_is_refused(body: object) -> None:
    content = msgspec.json.encode(body)
    fan = assets.get("fan")
    refused = sentence_of(lambda: intake.of_batch(decode_batch(content), asset=fan))
    assert refused.endswith(".")


@given(json_values)
def test_any_values_become_a_window_or_are_refused(values: object) -> None:
    content = msgspec.json.encode({"asset": "fan", "values": values})
    fan = assets.get("fan")
    refused = sentence_of(lambda: intake.of_request(decode_predict(content), asset=fan))
    assert refused.endswith(".")
