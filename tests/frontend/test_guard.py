"""Whatever another library raises ends in a sentence with the node's name; its traceback is kept."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from onnx import helper

from finn.errors import FinnError
from finn.frontend import import_network
from finn.frontend.graph.guard import at_node, guarded
from finn.frontend.host.reference import reference_execution
from finn.frontend.planning import planner
from finn.frontend.reading import constant_folding, load

from .qonnx_networks import Network

NODE = helper.make_node("Conv", ["x"], ["y"], name="third")
LONG = "x" * 500


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("no such shape.\nand more"), " (no such shape)"),
        (KeyError("perm"), " ('perm' is missing)"),
        (MemoryError(), ""),
        (OverflowError(LONG), f" ({LONG[:160]})"),
        (RuntimeError("[ONNXRuntimeError] : 1 : FAIL : type mismatch;"), " (type mismatch)"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_exception_becomes_a_sentence(error: Exception, told: str) -> None:
    with pytest.raises(FinnError) as caught, at_node(NODE):
        raise error
    assert str(caught.value) == f"third (Conv) cannot be read{told}; check the export"
    assert caught.value.__cause__ is error


def test_a_sentence_and_an_interrupt_pass() -> None:
    for error in (FinnError("as it is"), KeyboardInterrupt()):
        with pytest.raises(type(error)) as caught, guarded("the model"), at_node(NODE):
            raise error
        assert caught.value is error


def test_the_outer_net_names_the_last_node_or_else_the_job() -> None:
    with pytest.raises(FinnError) as caught, guarded("the model"):
        with at_node(NODE):
            pass
        raise IndexError("list index out of range")
    assert str(caught.value) == "third (Conv) cannot be read (list index out of range); check the export"
    with pytest.raises(FinnError) as caught, guarded("the model"):
        raise IndexError("list index out of range")
    assert str(caught.value) == "the model cannot be read (list index out of range); check the export"


def test_the_traceback_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "finn"), pytest.raises(FinnError), at_node(NODE):
        raise ValueError("deep inside")
    (record,) = caplog.records
    assert record.levelno == logging.DEBUG and record.getMessage() == "third (Conv)"
    assert "deep inside" in caplog.text and "Traceback" in caplog.text


def broken(*arguments: object, **options: object) -> None:
    raise IndexError("a defect")


def test_the_front_end_names_the_node_at_which_it_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Network(12).quant(0.3).dense(5).model()
    for module, name, node in (
        (planner, "operator_layers", "MatMul_2 (MatMul)"),
        (planner, "host_parts", "MatMul_2 (MatMul)"),
        (load, "require_sound", "the model"),
    ):
        with monkeypatch.context() as patch, pytest.raises(FinnError) as caught:
            patch.setattr(module, name, broken)
            import_network(model)
        assert str(caught.value) == f"{node} cannot be read (a defect); check the export"


def test_an_error_without_a_text_has_its_name_in_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*arguments: object) -> None:
        raise AssertionError

    monkeypatch.setattr("finn.frontend.host.reference.execute_onnx", silent)
    with pytest.raises(FinnError) as caught:
        reference_execution(Network(12).quant(0.3).model(), {"x": np.zeros((2, 12))})
    assert str(caught.value) == ("qonnx cannot execute the original model on this batch: AssertionError")


def test_so_does_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constant_folding.FoldConstants, "_fold", broken)
    with pytest.raises(FinnError) as caught:
        reference_execution(Network(12).quant(0.3).model(), {"x": np.zeros((2, 12))})
    assert str(caught.value) == "Quant_0 (Quant) cannot be read (a defect); check the export"
