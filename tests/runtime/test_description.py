"""Reading ``accelerator.json``: what is damaged is refused, and nothing outside the folder is used."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from deployments import description
from fuzzing import fuzzed
from hypothesis import given
from hypothesis import strategies as st

from finn.runtime import BoardError
from finn.runtime.description import Description


def write(folder: Path, data: Any) -> Path:
    (folder / "accelerator.json").write_text(json.dumps(data))
    return folder


def test_a_description_is_read(tmp_path: Path) -> None:
    found = Description(str(write(tmp_path, description("x", 7, 100.0))))
    assert (found.name, found.build_id, found.clk_mhz) == ("loopback", 7, 100.0)
    assert [port.dma for port in found.ports] == ["idma0", "odma0"]
    assert found.bitstreams == {"emulated": "finn-x.bit"}


def test_a_folder_without_deployment(tmp_path: Path) -> None:
    with pytest.raises(BoardError, match=f"there is no deployment in {tmp_path}; run finn deploy first"):
        Description(str(tmp_path))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"bitstreams": {"emulated": "../other.bit"}}, "is not the name of a bitstream"),
        ({"bitstreams": {"emulated": "/etc/passwd"}}, "is not the name of a bitstream"),
        ({"build_id": "7"}, "build_id is not of type int"),
        ({"inputs": []}, "it has no inputs or no outputs"),
        ({"outputs": [{"name": "y"}]}, "'dma'"),
        ({"clk_mhz": None}, "float"),
        ({"clk_mhz": float("nan")}, "nan is not the frequency of a clock"),
        ({"clk_mhz": -1}, "-1 is not the frequency of a clock"),
        ({"host": 3}, "host is not of type dict"),
        ({"host": {"prefix": [], "tail": [{}]}}, "'op'"),
        ({"host": {"prefix": [], "tail": 3}}, "tail is not of type list"),
        ({"model_outputs": []}, "its model has no inputs or no outputs"),
    ],
)
def test_a_damaged_description_is_refused(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    with pytest.raises(BoardError, match=r"accelerator\.json is damaged .*deploy the build again") as refused:
        Description(str(write(tmp_path, {**description("x", 7, 100.0), **change})))
    assert reason in str(refused.value)


def test_frame_bytes_must_fit_type_and_shape(tmp_path: Path) -> None:
    data = json.loads(json.dumps(description("x", 7, 100.0)))
    data["inputs"][0]["bytes_per_frame"] = 785
    with pytest.raises(BoardError, match="bytes_per_frame of x does not fit its type and shape"):
        Description(str(write(tmp_path, data)))


def test_folding_keeps_the_size(tmp_path: Path) -> None:
    data = json.loads(json.dumps(description("x", 7, 100.0)))
    data["outputs"][0]["normal_shape"] = [783]
    with pytest.raises(BoardError, match="the shapes of y do not have the same size"):
        Description(str(write(tmp_path, data)))


def test_lists_in_lists_without_end(tmp_path: Path) -> None:
    (tmp_path / "accelerator.json").write_text("[" * 200_000)
    with pytest.raises(BoardError, match="is damaged"):
        Description(str(tmp_path))


def test_another_format_and_text_that_is_no_json(tmp_path: Path) -> None:
    with pytest.raises(BoardError, match="another version of the runtime"):
        Description(str(write(tmp_path, {"format": 2})))
    (tmp_path / "accelerator.json").write_bytes(b"\xff{")
    with pytest.raises(BoardError, match="is damaged"):
        Description(str(tmp_path))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@fuzzed(300)
@given(st.sampled_from(sorted(description("x", 7, 100.0))), JSON)
def test_any_value_anywhere_is_read_or_refused(tmp_path: Path, key: str, value: Any) -> None:
    write(tmp_path, {**description("x", 7, 100.0), key: value})
    try:
        Description(str(tmp_path))
    except BoardError as error:
        assert "deploy" in str(error)


TEXT = json.dumps(description("x", 7, 100.0)).encode()


@fuzzed(300)
@given(st.lists(st.tuples(st.integers(0, len(TEXT) - 1), st.binary(max_size=6)), min_size=1, max_size=6))
def test_any_bytes_anywhere_are_read_or_refused(tmp_path: Path, changes: list[tuple[int, bytes]]) -> None:
    data = TEXT
    for at, new in changes:
        data = data[:at] + new + data[at + len(new) :]
    (tmp_path / "accelerator.json").write_bytes(data)
    try:
        found = Description(str(tmp_path))
    except BoardError as error:
        assert "deploy" in str(error)
    else:
        assert found.inputs and found.outputs


@fuzzed(300)
@given(st.sampled_from(["inputs", "host", "model_inputs"]), JSON, st.integers(0, 5))
def test_any_value_deep_inside_is_read_or_refused(tmp_path: Path, key: str, value: Any, at: int) -> None:
    data = json.loads(TEXT)
    inner = data[key] if isinstance(data[key], dict) else data[key][0]
    inner[sorted(inner)[at % len(inner)]] = value
    write(tmp_path, data)
    with contextlib.suppress(BoardError):
        Description(str(tmp_path))
