"""Every refusal: the node's name, its type, what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from onnx import TensorProto
from qonnx.core.modelwrapper import ModelWrapper

from finn.errors import FinnError
from finn.frontend import import_network

from .qonnx_networks import Network

RNG = np.random.default_rng(0)


def error_of(model: ModelWrapper, **options: object) -> str:
    with pytest.raises(FinnError) as error:
        import_network(model, **options)
    return str(error.value)


def begun() -> Network:
    return Network(12).quant(0.3)


def input_scales() -> Network:
    return begun().dense(4, scale=np.random.default_rng(0).uniform(0.1, 0.2, (12, 4)))


def wide_weights() -> Network:
    return begun().dense(4, scale=4e-8, bits=26)


def wide_operands() -> Network:
    return Network(12).quant(1e-3, -3.0, bits=16, signed=0).dense(4)


def wide_accumulators() -> Network:
    return Network(70000).quant(1e-3, bits=16).dense(1, scale=1e-6, bits=20)


def vectors_alike() -> Network:
    network = Network([2, 12]).quant(0.3).dense(4)
    return network.op("Add", np.linspace(0, 3, 8).reshape(1, 2, 4)).quant(0.3).dense(2)


def other_vectors() -> Network:
    scales = 0.1 * np.array([1, 3, 2, 5])
    network = Network([2, 12]).quant(0.3).dense(4).quant(scales).op("Transpose", perm=[0, 2, 1])
    network.shape = [1, 4, 2]
    return network.dense(3)


def transposed_input() -> Network:
    network = begun()
    network.shape = [1, 1]
    return network.op("Gemm", network.weights(4), transA=1)


def training() -> Network:
    ones = np.ones(4)
    return begun().dense(4).op("BatchNormalization", ones, ones, ones, ones, training_mode=1)


def mixed_batch() -> Network:
    network = Network([4, 3]).op("Reshape", np.array([4, 3])).quant(0.3)
    network.shape = [4, 3]
    return network.dense(2)


def moved_batch() -> Network:
    network = Network([1, 12]).op("Transpose", perm=[1, 0, 2]).quant(0.3)
    return network.dense(2)


def old_softmax() -> Network:
    return Network([2, 12], opset=9).quant(0.3).dense(4).op("Softmax", axis=1)


def batch_softmax() -> Network:
    return begun().dense(4).op("Softmax", axis=0)


def last_arg_max() -> Network:
    return begun().dense(4).op("ArgMax", axis=1, select_last_index=1)


def half_a_bit() -> Network:
    return begun().dense(4).quant(0.3, bits=3.5).dense(2)


def no_bits() -> Network:
    return begun().dense(4).quant(0.3, bits=0).dense(2)


def unknown_rounding() -> Network:
    return begun().dense(4).quant(0.3, mode="STOCHASTIC").dense(2)


def moving_scale() -> Network:
    network = begun().dense(4)
    return network.op("Quant", network.tensor, 0.0, 4.0, signed=1, narrow=0, rounding_mode="ROUND")


def bool_cast() -> Network:
    return begun().dense(4).op("Cast", to=TensorProto.BOOL)


def uneven_levels() -> Network:
    return begun().dense(4).quant(0.3).op("Sigmoid").dense(2)


def odd_zero_point() -> Network:
    return begun().dense(4).quant(0.3, 0.5).dense(2)


def channel_mix() -> Network:
    return begun().dense(4).op("Add", np.arange(3.0).reshape(3, 1)).quant(0.3).dense(2)


def element_mix() -> Network:
    network = Network([1, 12]).quant(0.3).dense(4)
    return network.op("Add", np.arange(3.0).reshape(1, 3, 1)).quant(0.3).dense(2)


def more_axes() -> Network:
    return begun().dense(4).op("Add", np.arange(3.0).reshape(1, 3, 1)).quant(0.3).dense(2)


def attention() -> Network:
    network = Network((8, 16)).quant().dense(16).quant(0.53)
    queries = network.tensor
    keys = network.op("Transpose", perm=[0, 2, 1]).tensor
    return network.op("MatMul", keys, source=queries).op("Softmax", axis=-1).op("MatMul", queries)


def layer_norm() -> Network:
    return begun().dense(4).op("LayerNormalization", np.ones(4), np.zeros(4))


def float_quantiser() -> Network:
    return begun().dense(4).op("FloatQuant", 0.1, 4.0, 3.0, 7.0)


def found_at_run_time() -> Network:
    return begun().dense(4).quant().op("NonZero")


def recurrent() -> Network:
    return begun().op("LSTM", np.zeros((1, 16, 12)), np.zeros((1, 16, 4)), hidden_size=4)


def gathered() -> Network:
    network = begun().dense(4).quant()
    values = network.tensor
    places = network.op("ArgMax", axis=1, keepdims=0).tensor
    return network.op("Gather", places, source=values, axis=1)


def float_layers() -> Network:
    return Network(12).op("MatMul", np.random.default_rng(0).normal(size=(12, 4)))


def float_convolution() -> Network:
    return Network((2, 6, 5)).op("Conv", np.random.default_rng(0).normal(size=(3, 2, 3, 3)))


UNSUPPORTED = "is not supported; see the list of operators in docs/operators.rst"
CASES: list[tuple[Callable[[], Network], str]] = [
    (
        input_scales,
        "MatMul_2 (MatMul) has weight scales that differ within an output channel; use one scale per output",
    ),
    (
        wide_weights,
        "MatMul_2 (MatMul) has weights of 26 bits; at most 24 are supported, so quantise them further",
    ),
    (
        wide_operands,
        "MatMul_2 (MatMul) reads operands of 17 bits; at most 16 are supported, so quantise them further",
    ),
    (
        vectors_alike,
        "Quant_4 (Quant) treats the vectors of an image differently; use one scale per channel",
    ),
    (channel_mix, "Add_3 (Add) mixes the images of a batch; keep the first axis as the batch"),
    (more_axes, "Add_3 (Add) mixes the images of a batch; keep the first axis as the batch"),
    (element_mix, "Add_3 (Add) and the operators behind it mix elements of a tensor"),
    (other_vectors, "MatMul_6 (MatMul) reads vectors of 2 made from vectors of 4; keep their length"),
    (transposed_input, "Gemm_2 (Gemm) transposes its activations (transA=1); export it with transA=0"),
    (
        training,
        "BatchNormalization_3 (BatchNormalization) is in training mode;"
        " export the network in evaluation mode",
    ),
    (mixed_batch, "Reshape_0 (Reshape) mixes the images of a batch; keep the first axis as the batch"),
    (moved_batch, "Transpose_0 (Transpose) moves the batch axis; keep the first axis as the batch"),
    (old_softmax, "Softmax_3 (Softmax) does not normalise over one axis of each image; use axis=-1"),
    (batch_softmax, "Softmax_3 (Softmax) does not normalise over one axis of each image; use axis=-1"),
    (last_arg_max, "ArgMax_3 (ArgMax) must take the lowest index over an axis other than the batch"),
    (half_a_bit, "Quant_3 (Quant) has bit width [3.5]; it must be one whole number up to 32"),
    (no_bits, "Quant_3 (Quant) has bit width [0.0]; it must be one whole number up to 32"),
    (moving_scale, "Quant_3 (Quant) has a scale that is not a constant; export it with a constant"),
    (
        bool_cast,
        "Cast_3 (Cast) casts to a type other than float32, float64, int8 to int64, uint8 and uint16",
    ),
    (
        uneven_levels,
        "Sigmoid_4 (Sigmoid) gives values that are not whole multiples of one scale, which a layer reads;"
        " put a quantiser behind it",
    ),
    (
        odd_zero_point,
        "Quant_3 (Quant) gives values that are not whole multiples of one scale",
    ),
    (
        attention,
        "MatMul_5 (MatMul) multiplies two tensors that are both computed, as attention does;"
        " only products with constant weights are supported",
    ),
    (layer_norm, f"LayerNormalization_3 (LayerNormalization) {UNSUPPORTED}"),
    (
        float_quantiser,
        "FloatQuant_3 (FloatQuant) is a floating-point quantiser; only integers run in hardware,"
        " so quantise by Quant",
    ),
    (found_at_run_time, f"NonZero_4 (NonZero) {UNSUPPORTED}"),
    (recurrent, f"LSTM_1 (LSTM) {UNSUPPORTED}"),
    (
        gathered,
        "Gather_5 (Gather) takes elements at places that are computed; only constant indices are supported",
    ),
    (
        float_layers,
        "no layer can run in hardware: MatMul_0 (MatMul) runs on the host in float because its weights are"
        " not quantised; quantised weights would move it into hardware",
    ),
    (
        float_convolution,
        "no layer can run in hardware: Conv_0 (Conv) runs on the host in float because its weights are"
        " not quantised; quantised weights would move it into hardware",
    ),
]


@pytest.mark.parametrize(("network", "text"), CASES, ids=[case[0].__name__ for case in CASES])
def test_refused_in_one_sentence(network: Callable[[], Network], text: str) -> None:
    assert error_of(network().model()) == text


def test_unknown_rounding_mode_lists_the_known_ones() -> None:
    assert error_of(unknown_rounding().model()) == (
        "Quant_3 (Quant) has rounding mode STOCHASTIC; supported are"
        " ROUND, HALF_EVEN, CEIL, FLOOR, UP, DOWN, HALF_UP, HALF_DOWN"
    )


def test_accumulators_of_more_than_40_bits() -> None:
    assert error_of(wide_accumulators().model()) == (
        "MatMul_2 (MatMul) needs accumulators of 51 bits; at most 40 are supported, so quantise them further"
    )


def test_top_k_of_several_vectors() -> None:
    model = Network([2, 12]).quant(0.3).dense(4).model()
    assert error_of(model, top_k=1) == "--top-k needs one vector per image; the last layer gives (2, 4)"


def test_top_k_of_labels_on_different_scales() -> None:
    model = begun().dense(4, scale=np.linspace(0.1, 0.2, 4)).model()
    assert error_of(model, top_k=1) == (
        "MatMul_2 has outputs on different scales, so that --top-k cannot compare its integers;"
        " leave --top-k out"
    )


def test_top_k_of_several_outputs() -> None:
    network = begun().dense(4)
    model = network.op("Relu").model(outputs=[("t2", TensorProto.FLOAT), ("t3", TensorProto.FLOAT)])
    assert error_of(model, top_k=1) == "--top-k needs one output; the model has 2"


def test_top_k_of_a_constant_less_the_outputs() -> None:
    network = begun().dense(4)
    source, network.tensor = network.tensor, network.constant(1.0)
    network.op("Sub", source)
    assert error_of(network.model(), top_k=1).startswith("Sub_3 (Sub) follows the last layer and is not one")
