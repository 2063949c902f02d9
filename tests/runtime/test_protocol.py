"""Messages between host and board: bounded, checked, and nothing but data."""

from __future__ import annotations

import contextlib
import io
import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from fuzzing import fuzzed
from hypothesis import given
from hypothesis import strategies as st

from finn.runtime import BoardError, protocol
from finn.runtime.description import Port
from finn.runtime.server import Server

PORT = {
    "name": "x",
    "dma": "idma0",
    "datatype": "UINT8",
    "normal_shape": [3],
    "folded_shape": [1, 3],
    "bytes_per_frame": 3,
}


class Loop:
    """An accelerator whose output is its input."""

    emulated, fclk_mhz, frames_per_run = True, 100.0, 10
    description = SimpleNamespace(
        name="loop", build_id=1, board="Pynq-Z1", inputs=[Port(PORT)], outputs=[Port(PORT)]
    )

    def __enter__(self) -> Loop:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def run(self, packed: list[np.ndarray]) -> list[np.ndarray]:
        return packed


def message(header: dict[str, Any], payload: bytes = b"") -> bytes:
    return protocol.encode(header, len(payload)) + payload


def answers(data: bytes) -> list[tuple[dict[str, Any], bytes]]:
    """What a server says to these bytes."""
    sink = io.BytesIO()
    Server(io.BytesIO(data), sink).serve(lambda note: Loop())
    stream, found = io.BytesIO(sink.getvalue()), []
    while prefix := stream.read(protocol.PREFIX.size):
        header, payload = protocol.check_prefix(prefix)
        found.append((protocol.parse_header(stream.read(header)), stream.read(payload)))
    return found


def test_a_batch_comes_back_with_its_number() -> None:
    hello, result = answers(message({"kind": "execute", "id": 5, "inputs": [6]}, b"abcdef"))
    assert hello[0]["kind"] == "hello"
    assert hello[0]["inputs"] == [3]
    assert result == ({"kind": "result", "outputs": [6], "id": 5}, b"abcdef")


def test_a_refusal_is_an_answer_and_the_next_request_is_served() -> None:
    bad = message({"kind": "execute", "id": 1, "inputs": [2]}, b"ab")
    good = message({"kind": "execute", "id": 2, "inputs": [3]}, b"abc")
    _, first, second = answers(bad + good + message({"kind": "close"}) + b"never read")
    assert first[0] == {"kind": "error", "text": "input x wants frames of 3 bytes", "id": 1}
    assert second[1] == b"abc"


def test_an_accelerator_that_does_not_open_is_told() -> None:
    def fail(note: object) -> Any:
        raise BoardError("no bitstream")

    sink = io.BytesIO()
    Server(io.BytesIO(), sink).serve(fail)
    assert b'"no bitstream"' in sink.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"GARBAGE.........",
        protocol.PREFIX.pack(protocol.MAGIC, 1 << 31, 0),
        protocol.PREFIX.pack(protocol.MAGIC, 10, 1 << 62),
        protocol.PREFIX.pack(protocol.MAGIC, 4, 0) + b"{]}{",
        protocol.PREFIX.pack(protocol.MAGIC, 2, 0) + b"[]",
        protocol.PREFIX.pack(protocol.MAGIC, 10, 0) + b'{"kind":3}',
        protocol.PREFIX.pack(protocol.MAGIC, 100, 0) + b"{",
        message({"kind": "execute", "inputs": [1, 2]}, b"abc")[:-1],
        message({"kind": "execute", "inputs": [-3, 6]}, b"abc"),
        message({"kind": "execute", "inputs": [True]}, b"a"),
        message({"kind": "execute", "inputs": [4]}, b"abc"),
        message({"kind": "throughput", "batch": 0}),
        message({"kind": "throughput", "batch": 1e3}),
        message({"kind": "import os"}),
    ],
)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(protocol.ProtocolError):
        answers(data)


@fuzzed(300)
@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_answered_or_refused(data: bytes, framed: bool) -> None:
    sent = protocol.PREFIX.pack(protocol.MAGIC, min(len(data), 40), max(len(data) - 40, 0)) + data
    with contextlib.suppress(protocol.ProtocolError):
        answers(sent if framed else data)


@fuzzed(300)
@given(
    st.fixed_dictionaries(
        {"kind": st.sampled_from(["execute", "throughput", "info", "close", "x"])},
        optional={
            "inputs": st.lists(st.integers(-2, 12), max_size=3) | st.integers() | st.text(max_size=3),
            "batch": st.integers() | st.floats() | st.booleans(),
            "id": st.integers() | st.text(max_size=5) | st.none(),
        },
    ),
    st.binary(max_size=12),
)
def test_any_request_is_answered_or_refused(header: dict[str, Any], payload: bytes) -> None:
    if header["kind"] == "throughput" and type(header.get("batch")) is int and 0 < header["batch"] < 1 << 32:
        return  # a right one, which needs an accelerator
    with contextlib.suppress(protocol.ProtocolError):
        for answer, data in answers(message(header, payload))[1:]:
            assert answer["kind"] in ("result", "error", "info")
            assert answer["id"] == header.get("id")
            assert answer["kind"] != "result" or data == payload


def test_what_is_too_long_is_not_sent() -> None:
    with pytest.raises(protocol.ProtocolError, match="too long"):
        protocol.encode({"kind": "execute"}, protocol.MAX_PAYLOAD + 1)
    with pytest.raises(protocol.ProtocolError, match="too long"):
        protocol.encode({"kind": "x" * protocol.MAX_HEADER}, 0)


def test_a_header_of_many_brackets_is_refused() -> None:
    deep = json.dumps({"kind": "x"}).encode()[:-1] + b',"a":' + b"[" * 60_000
    with pytest.raises(protocol.ProtocolError):
        protocol.parse_header(deep)
