"""What a user can get wrong, through the command: one sentence, exit code 1, nothing half-written."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from typer.testing import CliRunner

from finn.boards import BOARDS
from finn.cli.application import application


def refusal(*arguments: object) -> str:
    """The one line that the command complains with."""
    result = CliRunner().invoke(application(), [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert (result.exit_code, result.stdout) == (1, "")
    *progress, last = result.stderr.splitlines()
    assert not any(line.startswith("error: ") for line in progress)
    return last.removeprefix("error: ")


@pytest.fixture(scope="module")
def out(digits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build as far as ``--on model`` needs one."""
    folder = tmp_path_factory.mktemp("errors") / "out"
    arguments = ["build", str(digits / "digits_w2a2.onnx"), "-o", str(folder), "--target-fps", "100000"]
    result = CliRunner().invoke(application(), arguments)
    assert result.exit_code == 0, result.stderr
    return folder


# On no grid: a constant scale would make integers of weights that lie on one.
WEIGHTS = np.random.default_rng(4).normal(size=8).astype(np.float32).tolist()


def float_network(path: Path) -> None:
    weights = helper.make_tensor("W", TensorProto.FLOAT, [4, 2], WEIGHTS)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "W"], ["y"], name="product")],
        "float",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2])],
        [weights],
    )
    onnx.save(helper.make_model(graph), path)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path, good: None, "{path} does not exist; name an existing ONNX file"),
        (
            lambda path, good: path.write_bytes(good[: len(good) // 2]),
            "{path} is truncated or not an ONNX file; export the network again",
        ),
        (
            lambda path, good: path.write_text("hello there"),
            "{path} is truncated or not an ONNX file; export the network again",
        ),
        (
            lambda path, good: float_network(path),
            "no layer can run in hardware: product (MatMul) runs on the host in float because its weights "
            "are not quantised; quantised weights would move it into hardware",
        ),
        (
            lambda path, good: path.write_bytes(good.replace(b"Relu", b"Asin")),
            "node_relu (Asin) is not supported; see the list of operators in docs/operators.rst",
        ),
    ],
    ids=["missing", "truncated", "no ONNX", "float", "unsupported"],
)
def test_models(make: object, message: str, digits: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    make(path, (digits / "digits_w2a2.onnx").read_bytes())  # type: ignore[operator]
    before = sorted(tmp_path.iterdir())
    for command in (("info", path), ("build", path, "-o", tmp_path / "out")):
        assert refusal(*command) == message.format(path=path)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("folding", "message"),
    [
        ({"MVAU_0": {"PE": 7}}, "MVAU_0: PE=7 does not divide MH=64; possible are 1, 2, 4, 8, 16, 32, 64"),
        (
            {"MVAU_2": {"SIMD": 3}},
            "MVAU_2: SIMD=3 does not divide MW=64; possible are 1, 2, 4, 8, 16, 32, 64",
        ),
        ({"MVAU_0": {"PE": "a"}}, "MVAU_0: PE='a' is not a whole number; give one that divides"),
        ({"MVAU_0": {"PE": 2.0}}, "MVAU_0: PE=2.0 is not a whole number; give one that divides"),
        (
            {"MVAU_1": {"SMID": 1}},
            "the folding of MVAU_1 has an attribute SMID, which is not known; the nearest known one is SIMD",
        ),
    ],
)
def test_foldings(folding: dict[str, object], message: str, digits: Path, tmp_path: Path) -> None:
    path = tmp_path / "folding.json"
    path.write_text(json.dumps(folding))
    model = digits / "digits_w2a2.onnx"
    assert refusal("build", model, "-o", tmp_path / "out", "--folding", path) == message
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--board", "Foo"), f"board 'Foo' is not known; known are {', '.join(BOARDS)}"),
        (("--clk-mhz", 0), "the clock must be 1 to 500 MHz, not 0"),
        (("--lut-share", 1.2), "the share of the board's LUTs must be above 0 and at most 1, not 1.2"),
        (("--lut-share", 0), "the share of the board's LUTs must be above 0 and at most 1, not 0"),
        (("--lut-share", 0.8, "--folding", "f"), "give a folding file or a share of the LUTs, not both"),
        (("--input-scale", 0.1), "--input-scale needs --input-datatype; give both"),
    ],
)
def test_options(options: tuple[object, ...], message: str, digits: Path, tmp_path: Path) -> None:
    model = digits / "digits_w2a2.onnx"
    assert refusal("build", model, "-o", tmp_path / "out", *options) == message
    assert list(tmp_path.iterdir()) == []


def test_a_rate_that_cannot_be_reached(digits: Path, tmp_path: Path) -> None:
    model = digits / "digits_w2a2.onnx"
    said = refusal("build", model, "-o", tmp_path / "out", "--target-fps", 1e9)
    assert re.fullmatch(
        r"1000000000 images/s cannot be reached on Pynq-Z1 at 100 MHz; the best rate that fits in 70 % of its"
        r" LUTs is \d+",
        said,
    )
    assert list(tmp_path.iterdir()) == []


def with_nan(images: np.ndarray) -> np.ndarray:
    images = images.copy()
    images[3, 5] = np.nan
    return images


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda x: x[:, :63], "{path} has shape (360, 63); the model takes (N, 64)"),
        (with_nan, "{path} holds nan at index (3, 5); every value must be finite"),
        (lambda x: np.array(["a"]), "{path} holds <U1 where numbers are wanted"),
        (lambda x: x[:0], "{path} holds no image; batch is axis 0"),
    ],
    ids=["shape", "nan", "type", "empty"],
)
def test_inputs(make: object, message: str, out: Path, digits: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, make(np.load(digits / "x.npy")))  # type: ignore[operator]
    files = ("--input", path, "--output", tmp_path / "y.npy")
    assert refusal("run", out, *files, "--on", "model") == message.format(path=path)
    assert sorted(tmp_path.iterdir()) == [path]


def test_files_that_are_no_arrays(out: Path, tmp_path: Path) -> None:
    (tmp_path / "x.npy").write_text("junk")
    files = ("--input", tmp_path / "x.npy", "--output", tmp_path / "y.npy", "--on", "model")
    said = refusal("run", out, *files)
    assert said == f"the file {tmp_path}/x.npy is not a .npy or .npz array file, or is truncated"
    (tmp_path / "x.npy").unlink()
    assert (
        refusal("run", out, *files) == f"the file {tmp_path}/x.npy cannot be read: No such file or directory"
    )


def test_a_folder_that_is_no_build(tmp_path: Path) -> None:
    said = refusal("throughput", tmp_path, "--on", "emulated")
    assert said == f"{tmp_path} is no finished build (it has no finn-build.json); run finn build first"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "ssh://a:b@localhost",
            "an address must not hold a password; use a key, an agent or FINN_BOARD_PASSWORD",
        ),
        (
            "ssh://127.0.0.1:1",
            "no connection to 127.0.0.1:1 (Connection refused); check that the board is on, and its address",
        ),
    ],
)
def test_addresses(url: str, message: str, out: Path) -> None:
    assert refusal("deploy", out, "--on", url) == message


def test_an_unknown_board_is_not_emulated() -> None:
    said = refusal("emulate", "--board", "Foo", "--port", 0)
    assert said == f"board 'Foo' is not known; known are {', '.join(BOARDS)}"
