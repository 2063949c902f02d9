"""Which layer here an entry of FINN's folding file is for, by its kind and its place in the network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import product

from onnx import NodeProto

from finn.errors import FinnError

__all__ = ("counterparts", "kind_of", "named_briefly", "require_known_attributes")

# The names that FINN's operators had before.
OLD_NAMES = {
    **dict.fromkeys(("MatrixVectorActivation", "StreamingFCLayer"), "MVAU"),
    **dict.fromkeys(("VectorVectorActivation", "Vector_Vector_Activate"), "VVAU"),
    **dict.fromkeys(
        ("ConvolutionInputGenerator1D", "ConvolutionInputGenerator_MMV"), "ConvolutionInputGenerator"
    ),
    **{"DownSampler": "ConvolutionInputGenerator", "StreamingMaxPool_Precision": "StreamingMaxPool"},
}
# What FINN's hardware nodes take from such a file; what of it means something here the caller says.
FINN_ATTRIBUTES = (
    *("PE", "SIMD", "M", "parallel_window", "ram_style", "ram_style_thresholds", "resType", "mem_mode"),
    *("runtime_writeable_weights", "inFIFODepths", "outFIFODepths", "inFIFODepth", "outFIFODepth", "depth"),
    *("impl_style", "preferred_impl_style", "depth_trigger_uram", "depth_trigger_bram", "pumpedMemory"),
    *("pumpedCompute", "deep_pipeline", "dynamic_mode", "hls_style", "cpp_interface", "rtlsim_trace"),
    *("slr", "device_id", "partition_id"),
)
_SUFFIXES = re.compile(r"(?:_hls|_rtl|_Batch)+$")
_FEW = 3


@dataclass(frozen=True)
class Place:
    """A layer of FINN's lowering: its kind, and the layer here that it is, if there is one."""

    kind: str
    name: str | None


def kind_of(family: str) -> str:
    """The operator of a name without its number, as it is called here: ``MVAU`` of ``MVAU_hls``."""
    bare = _SUFFIXES.sub("", family)
    return OLD_NAMES.get(bare, bare)


def counterparts(nodes: Sequence[NodeProto], names: Iterable[str]) -> dict[str, str | None]:
    """The layer here for each of the file's names; None where there is none.

    FINN numbers each kind of layer along the network. Thresholds are layers of their own or parts of
    products, as its user chose; poolings are so too, or a ``ConvolutionInputGenerator`` and a
    ``Pool``. Of these ways that one is taken in which the most names have a place.
    """
    wanted = list(names)
    ways = [_named(list(_lowered(nodes, *way)), wanted) for way in product((False, True), repeat=2)]
    best = min(ways, key=lambda way: (sum(place is None for place in way.values()), _without(way)))
    return {name: _name(place) for name, place in best.items()}


def _name(place: Place | None) -> str | None:
    return place.name if place is not None else None


def _without(way: Mapping[str, Place | None]) -> int:
    return sum(_name(place) is None for place in way.values())


def _lowered(nodes: Sequence[NodeProto], standalone: bool, windows: bool) -> Iterator[Place]:
    """What FINN would make of the network, in its order."""
    before = ""
    for node in nodes:
        kind, name = str(node.op_type), str(node.name)
        pools = windows and kind in ("StreamingMaxPool", "GlobalAccPool")
        if pools or (kind == "Pool" and before != "ConvolutionInputGenerator"):
            yield Place("ConvolutionInputGenerator", None)
        yield Place("Pool" if pools else kind, name)
        if standalone and kind in ("MVAU", "VVAU") and len(node.input) > 2:
            yield Place("Thresholding", None)
        before = kind


def _named(places: Sequence[Place], names: Sequence[str]) -> dict[str, Place | None]:
    """The place of each name, by its number among those of its kind."""
    of_kind: dict[str, list[Place]] = {}
    for place in places:
        of_kind.setdefault(place.kind, []).append(place)
    parts = {name: _parted(name) for name in names}
    families: dict[str, set[str]] = {}
    for family, _ in parts.values():
        families.setdefault(kind_of(family), set()).add(family)
    seen: dict[str, int] = {}
    found = {}
    for name, (family, number) in parts.items():
        kind = kind_of(family)
        # FINN numbers MVAU_hls and MVAU_rtl apart; together, only their order tells the layer.
        number = seen.get(kind, 0) if len(families[kind]) > 1 else number
        seen[kind] = seen.get(kind, 0) + 1
        found[name] = of_kind[kind][number] if 0 <= number < len(of_kind.get(kind, ())) else None
    return found


def _parted(name: str) -> tuple[str, int]:
    """Family and number of a name; -1 where it has none."""
    family, _, number = name.rpartition("_")
    return (family, int(number)) if number.isdecimal() else (name, -1)


def named_briefly(names: Iterable[str]) -> str:
    """The names in a sentence; of a family of many only the first and the last."""
    families: dict[str, list[str]] = {}
    for name in names:
        families.setdefault(_parted(name)[0], []).append(name)
    told = [
        ", ".join(members) if len(members) <= _FEW else f"{members[0]} to {members[-1]}"
        for members in families.values()
    ]
    return ", ".join(told)


def require_known_attributes(entries: Mapping[str, Mapping[str, object]]) -> None:
    """Refuse the first attribute that neither FINN nor anything here knows.

    Raises
    ------
    FinnError
        For it; the text names the nearest one that is known.
    """
    lowered = {known.lower(): known for known in FINN_ATTRIBUTES}
    for name, values in entries.items():
        for key in values:
            if key not in FINN_ATTRIBUTES:
                (nearest,) = get_close_matches(key.lower(), lowered, 1, 0)
                reason = f"{name} has an attribute {key}, which is not known; the nearest known one is"
                raise FinnError(f"the folding of {reason} {lowered[nearest]}")
