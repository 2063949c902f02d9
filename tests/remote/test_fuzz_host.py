"""Whatever a board sends: an answer, or one sentence; never a crash, a hang or much memory.

``FINN_FUZZ_EXAMPLES`` sets how many examples are tried, at random then.
"""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from types import SimpleNamespace
from typing import Any

import pytest
from fuzzing import fuzzed
from hypothesis import given
from hypothesis import strategies as st

from finn.errors import FinnError
from finn.remote import BoardAddress
from finn.remote.driver import DriverProcess
from finn.runtime.protocol import MAGIC, MAX_HEADER, MAX_PAYLOAD, PREFIX, ProtocolError, parse_header

RESULT = b'{"kind":"result"}'
LARGEST_MEMORY = 8 << 20

KINDS = st.sampled_from(["result", "error", "note", "alive", "figures", "hello", "metrics", "x"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
HEADERS = st.fixed_dictionaries(
    {"kind": KINDS | VALUES},
    optional={"id": st.just(1) | VALUES, "text": VALUES, "outputs": VALUES, "inputs": VALUES},
)


@st.composite
def messages(draw: Any) -> bytes:
    """Something like a message: lengths that fit or lie, a header that is JSON or not, a payload."""
    header = draw(HEADERS.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60))
    payload = draw(st.binary(max_size=60))
    honest = st.just((MAGIC, len(header), len(payload)))
    lies = st.tuples(
        st.sampled_from([MAGIC, b"FNP2"]),
        st.integers(0, MAX_HEADER + 1) | st.integers(0, 2**32 - 1),
        st.integers(0, MAX_PAYLOAD + 1) | st.integers(0, 2**64 - 1),
    )
    return PREFIX.pack(*draw(honest | lies)) + header + payload


def driver(data: bytes) -> DriverProcess:
    """The host's end of a process that says ``data`` and ends."""
    stdout, stderr = asyncio.StreamReader(), asyncio.StreamReader()
    stdout.feed_data(data)
    for stream in (stdout, stderr):
        stream.feed_eof()

    async def nothing() -> None:
        pass

    stdin = SimpleNamespace(write=lambda data: None, drain=nothing)
    process = SimpleNamespace(
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        exit_status=0,
        is_closing=lambda: False,
        close=lambda: None,
        wait_closed=nothing,
    )
    made = DriverProcess(SimpleNamespace(address=BoardAddress("board"), is_open=True), "folder")  # type: ignore[arg-type]
    made._process = process
    made._listening = asyncio.ensure_future(nothing())
    return made


@fuzzed(200)
@given(st.lists(messages(), max_size=4).map(b"".join) | st.binary(max_size=200))
def test_any_answer_is_taken_or_refused(data: bytes) -> None:
    async def ask() -> None:
        header, payload = await driver(data).ask({"kind": "execute", "id": 1, "inputs": [1]}, [b"x"])
        assert header["id"] == 1 and isinstance(header["kind"], str) and isinstance(payload, bytes)

    tracemalloc.start()
    try:
        asyncio.run(asyncio.wait_for(ask(), 10))
    except FinnError as error:
        assert str(error).isprintable()
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < LARGEST_MEMORY


@fuzzed(200)
@given(HEADERS.map(json.dumps) | st.text(max_size=60))
def test_any_header_is_read_or_refused(text: str) -> None:
    try:
        header = parse_header(text.encode())
    except ProtocolError:
        return
    assert isinstance(header["kind"], str)


def test_a_claim_of_much_takes_no_memory() -> None:
    tracemalloc.start()
    with pytest.raises(FinnError, match="ended unexpectedly"):
        asyncio.run(_ask(PREFIX.pack(MAGIC, len(RESULT), MAX_PAYLOAD) + RESULT))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < LARGEST_MEMORY


async def _ask(data: bytes) -> None:
    await driver(data).ask({"kind": "execute", "id": 1, "inputs": []}, [])
