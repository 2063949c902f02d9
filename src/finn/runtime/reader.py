"""What an array means that is given for a model's input; nothing else decides it.

An array is the model's own input, in its shape and layout, batch in axis 0. Integers are values too: the
very integers where the model takes integers, pixels where the build says what a pixel is worth, else
numbers like any others.
"""

from itertools import permutations
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence

import numpy as np

from . import BoardError
from .fields import counts, typed
from .integers import Integers, per_channel, require, require_finite

__all__ = ("InputOptions", "ModelInput", "ModelInputs", "Tell")

CLIPPED_SHARE = 0.01  # of the values: more than that is told
COMMON_LAYOUTS = ("NHWC", "NCHW", "NWC", "NCW")
USUAL_LAYOUTS = {2: "NC", 3: "NCW", 4: "NCHW"}  # ONNX' own
_TYPES = ("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32")

Tell = Callable[[str], None]


class InputOptions(object):
    """How inputs are given where it is not the model's own way.

    Parameters
    ----------
    layout
        The order of their axes, for instance ``NHWC``.
    raw
        Whether integers are those that the first quantiser would give.
    resize
        Whether image files are brought to the model's size.
    """

    def __init__(self, layout: Optional[str] = None, raw: bool = False, resize: bool = False) -> None:
        self.layout, self.raw, self.resize = layout, raw, resize


class ModelInput(object):
    """One input of a model.

    Attributes
    ----------
    name, shape
        Without the batch axis.
    layout
        What the axes are, the batch among them, for instance ``NCHW``; empty where nobody knows.
    kind
        The type of the model's own input.
    integers
        How integers enter the hardware; None where numbers do not.
    """

    def __init__(self, entry: Dict[str, Any]) -> None:
        self.name = typed(entry, "name", str)
        self.shape = counts(entry, "shape")
        self.layout = _layout(entry, len(self.shape) + 1)
        kind = entry.get("datatype", "float32")
        if kind not in _TYPES:
            raise ValueError("%r is not the type of an input" % (kind,))
        self.kind = np.dtype(kind)
        axes = [n if letter == "C" else 1 for letter, n in zip(self.layout[1:], self.shape)]
        axes = [1] + (axes or [1] * len(self.shape))
        self.integers = Integers(entry["integers"], axes) if entry.get("integers") is not None else None
        self._range = _range(entry.get("unclipped"), axes, self.integers)

    def read(self, values: Any, source: str, layout: Optional[str] = None) -> np.ndarray:
        """The input as the network takes it: integers where it takes integers, else the model's own type.

        Parameters
        ----------
        values
            (N, ...) numbers of any type, as the module says.
        source
            What to call them in messages.
        layout
            What their axes are where they are not in the model's order.

        Raises
        ------
        BoardError
            Shape or type do not fit, or a value is none that the input has; the text names the first.
        """
        array = self._placed(values, source, layout)
        if self.integers is not None:
            return self.integers.read(array, source)
        require_finite(array, source)
        if self.kind.kind != "f" and array.size:
            self._require_whole(array, source)
        return array.astype(self.kind, copy=False)

    def codes(self, values: Any, source: str, datatype: str, layout: Optional[str] = None) -> np.ndarray:
        """Integers as the first quantiser gives them, checked; raises as :meth:`read`."""
        array = self._placed(values, source, layout)
        if array.dtype.kind == "f":
            raise BoardError("%s holds %s; raw codes are integers" % (source, array.dtype))
        one: Dict[str, Any] = {"datatype": datatype, "scale": [1.0], "offset": [0.0], "pixels": False}
        return Integers(one, [1] * array.ndim).read(array, source)

    def model_values(self, array: np.ndarray) -> np.ndarray:
        """What :meth:`read` has returned as the model's own input, in its type."""
        if self.integers is None:
            return array
        return self.integers.values(array).astype(self.kind, copy=False)

    def clipped(self, array: np.ndarray, source: str) -> Optional[str]:
        """A sentence if the first quantiser clips more than a hundredth of what :meth:`read` has returned."""
        if self._range is None or not array.size:
            return None
        low, high = self._range
        if array.min() >= low.max() and array.max() <= high.min():
            return None
        count = int(np.count_nonzero(array < low) + np.count_nonzero(array > high))
        if count <= CLIPPED_SHARE * array.size:
            return None
        limits = (low, high) if self.integers is None else [self.integers.values(v) for v in (low, high)]
        return (
            "%s: %d of %d values (%.1f %%) are clipped by the first quantiser, which takes %.4g to %.4g;"
            " are they scaled as in training?"
            % (source, count, array.size, 100.0 * count / array.size, limits[0].min(), limits[1].max())
        )

    def _placed(self, values: Any, source: str, layout: Optional[str]) -> np.ndarray:
        """The array with its axes in the model's order."""
        array = np.asarray(values)
        if array.dtype.kind not in "buif":
            raise BoardError("%s holds %s where numbers are wanted" % (source, array.dtype))
        given, wanted = array.shape, self.shape
        if layout is not None:
            letters = self._letters(layout)
            wanted = [self.shape[self.layout.index(letter) - 1] for letter in letters[1:]]
        if array.ndim == 0 or list(given[1:]) != wanted:
            raise BoardError(self._misfit(given, wanted, source, layout))
        if layout is not None:
            array = array.transpose([letters.index(letter) for letter in self.layout])
        return array.view(np.uint8) if array.dtype.kind == "b" else array

    def _letters(self, layout: str) -> str:
        letters = str(layout).upper()
        if sorted(letters) != sorted(self.layout) or not letters.startswith("N"):
            wanted = "in layout %s" % self.layout if self.layout else "which has no named axes"
            raise BoardError(
                "--layout %s does not fit the model's input %s (%s), %s"
                % (layout, self.name, _shape(self.shape), wanted)
            )
        return letters

    def _misfit(self, given: Sequence[int], wanted: List[int], source: str, layout: Optional[str]) -> str:
        text = "%s has shape %s; " % (source, tuple(given))
        if layout is not None:
            return text + "in layout %s the model takes (%s)" % (layout, _shape(wanted))
        text += "the model takes (%s)" % _shape(wanted)
        other = self._order_of(given)
        return text + ", the same axes in another order: add --layout %s" % other if other else text

    def _order_of(self, given: Sequence[int]) -> Optional[str]:
        """The layout that an array of shape ``given`` has where it is the model's in another order."""
        if not self.layout or sorted(given[1:]) != sorted(self.shape) or not given:
            return None
        extents = dict(zip(self.layout[1:], self.shape))
        others = ["N" + "".join(letters) for letters in permutations(self.layout[1:])]
        fitting = [name for name in others if [extents[letter] for letter in name[1:]] == list(given[1:])]
        common = [name for name in COMMON_LAYOUTS if name in fitting]
        return (common + fitting)[0]

    def _require_whole(self, array: np.ndarray, source: str) -> None:
        limits = np.iinfo(self.kind)
        good = (array >= limits.min) & (array <= limits.max) & (array == np.rint(array))
        wrong = "is no %s; its values are %d to %d" % (self.kind.name, limits.min, limits.max)
        require(good, array, source, wrong)


class ModelInputs(object):
    """All inputs of a model, one for each of ``entries``, as ``accelerator.json`` has them."""

    def __init__(self, entries: Sequence[Dict[str, Any]]) -> None:
        self.inputs = [ModelInput(entry) for entry in entries]

    def read(
        self,
        arrays: Mapping[str, Any],
        source: Optional[str] = None,
        layout: Optional[str] = None,
        tell: Optional[Tell] = None,
    ) -> Dict[str, np.ndarray]:
        """The inputs by name, as :meth:`ModelInput.read`.

        Parameters
        ----------
        arrays
            By name; a single one may have any name where the model has one input.
        source
            The file that they come from; None where a program gives them.
        layout
            As for :meth:`ModelInput.read`.
        tell
            Called with a sentence where many values will be clipped.

        Raises
        ------
        BoardError
            An input is missing, the batches differ in size, or as :meth:`ModelInput.read`.
        """
        found = self._named(arrays, source)
        names = {each.name: source or "input %s" % each.name for each in self.inputs}
        read = {each.name: each.read(found[each.name], names[each.name], layout) for each in self.inputs}
        _require_one_batch(read, source or "the call")
        if tell is not None:
            for text in [each.clipped(read[each.name], names[each.name]) for each in self.inputs]:
                if text:
                    tell(text)
        return read

    def codes(
        self,
        arrays: Mapping[str, Any],
        datatype: str,
        source: Optional[str] = None,
        layout: Optional[str] = None,
    ) -> Dict[str, np.ndarray]:
        """Raw codes for the one input, by its name; raises as :meth:`ModelInput.codes`."""
        (only,) = self.inputs
        values = self._named(arrays, source)[only.name]
        return {only.name: only.codes(values, source or "input %s" % only.name, datatype, layout)}

    def model_values(self, read: Mapping[str, np.ndarray]) -> Dict[str, np.ndarray]:
        """As :meth:`ModelInput.model_values`, for all."""
        return {each.name: each.model_values(read[each.name]) for each in self.inputs}

    def _named(self, arrays: Mapping[str, Any], source: Optional[str]) -> Mapping[str, Any]:
        if source is not None and len(self.inputs) == 1 and len(arrays) == 1:
            return {self.inputs[0].name: next(iter(arrays.values()))}
        for each in self.inputs:
            if each.name not in arrays and source is not None:
                raise BoardError(
                    "%s has no array for the model's input %r; use .npz with that name" % (source, each.name)
                )
            if each.name not in arrays:
                names = ", ".join(one.name for one in self.inputs)
                raise BoardError("input %r is missing; the model's inputs are %s" % (each.name, names))
        return arrays


def _require_one_batch(arrays: Mapping[str, np.ndarray], source: str) -> None:
    sizes = sorted({len(array) for array in arrays.values()})
    if len(sizes) > 1:
        raise BoardError("%s holds inputs of different batch sizes: %s" % (source, sizes))


def _shape(shape: Sequence[int]) -> str:
    return ", ".join(["N"] + [str(extent) for extent in shape])


def _layout(entry: Dict[str, Any], rank: int) -> str:
    letters = entry.get("layout", USUAL_LAYOUTS.get(rank, ""))
    if type(letters) is not str or (letters and (len(letters) != rank or len(set(letters)) != rank)):
        raise ValueError("layout is not one letter for each axis")
    if letters and not letters.startswith("N"):
        raise ValueError("layout does not begin with the batch")
    return letters


def _range(entry: Any, axes: List[int], integers: Optional[Integers]) -> Any:
    """The least and the greatest that is not clipped, as :meth:`ModelInput.read` returns values; or None."""
    if entry is None:
        return None
    low, high = (per_channel(entry, key, axes) for key in ("low", "high"))
    return (low, high) if integers is None else (integers.steps(low), integers.steps(high))
