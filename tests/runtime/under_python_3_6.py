"""Run by `test_compatibility` with the Python of a PYNQ 2.5 image: the runtime without a board.

``python3.6 under_python_3_6.py FOLDER``, where FOLDER holds ``runtime``.
"""

import importlib
import os
import sys

import numpy as np

sys.path.insert(0, sys.argv[1])

from runtime import BoardError
from runtime.batches import PackedBatch
from runtime.packing import bit_width, pack, unpack, value_range
from runtime.pipeline import Pipeline
from runtime.worker import Worker

DATATYPES = ["BIPOLAR", "BINARY", "TERNARY"] + ["%sINT%d" % (s, n) for n in range(1, 33) for s in ("", "U")]


def reference(values, datatype, lanes):
    """The memory image of a frame, element by element."""
    width, packed = bit_width(datatype), b""
    for word in values.reshape(-1, lanes):
        number = 0
        for position, value in enumerate(word):
            code = (int(value) + 1) // 2 if datatype == "BIPOLAR" else int(value) % (1 << width)
            number |= code << (position * width)
        packed += number.to_bytes(-(-lanes * width // 8), "little")
    return packed


def check_packing(random):
    for datatype in DATATYPES:
        low, high = value_range(datatype)
        for words, lanes in ((3, 1), (2, 5), (3, 8), (1, 13), (5, 16)):
            values = random.randint(low, high + 1, (4, words * lanes), dtype=np.int64)
            values = np.where(values < 0, -1, 1) if datatype == "BIPOLAR" else values
            expected = b"".join(reference(frame, datatype, lanes) for frame in values)
            for source in (np.int64, np.float64):
                packed = pack(values.astype(source), datatype, (words, lanes))
                assert packed.tobytes() == expected, (datatype, words, lanes)
            assert (unpack(packed, datatype, (words, lanes), (words * lanes,)) == values).all()


class Port(object):
    name, dma, bytes_per_frame = "x", "idma0", 3


class Description(object):
    inputs = outputs = [Port]


class FakeEngine(object):
    """Stands in for a design: inverts bytes. It cannot show what a board does."""

    def __init__(self):
        self.slots = self
        self.memory = np.zeros((2, 8, 3), np.uint8)
        self.ran = None

    def fit(self, frames):
        return True

    def inputs(self, slot, frames):
        return [self.memory[slot, :frames]]

    outputs = inputs

    def publish(self, slot, frames):
        pass

    def start(self, slot, frames):
        self.ran = self.memory[slot, :frames]

    def wait(self):
        self.ran ^= np.uint8(0xFF)

    def stop(self):
        pass


class Session(object):
    def __enter__(self):
        return Pipeline(FakeEngine(), 8)

    def __exit__(self, *error):
        pass


def check_batches(random):
    worker = Worker(Session)
    arrays = [random.randint(0, 256, (frames, 3)).astype(np.uint8) for frames in range(0, 27, 4)]
    futures = [worker.put(PackedBatch(Description, [array])) for array in arrays]
    worker.close()
    for array, future in zip(arrays, futures):
        assert (future.result()[0] == array ^ np.uint8(0xFF)).all()
    try:
        worker.put(PackedBatch(Description, [arrays[0]]))
    except BoardError:
        return len(arrays)
    raise AssertionError("a closed worker takes batches")


def check_imports():
    names = sorted(
        name[:-3] for name in os.listdir(os.path.join(sys.argv[1], "runtime")) if name.endswith(".py")
    )
    for name in names:
        importlib.import_module("runtime." + name if name != "__init__" else "runtime")
    return len(names)


if __name__ == "__main__":
    check_packing(np.random.RandomState(0))
    batches = check_batches(np.random.RandomState(1))
    modules = check_imports()
    print(
        "Python %d.%d, NumPy %s: %d datatypes, %d batches, %d modules"
        % (sys.version_info[0], sys.version_info[1], np.__version__, len(DATATYPES), batches, modules)
    )
