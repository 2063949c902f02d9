"""Sentences on layers that the host runs in float, with what would move them into hardware."""

from __future__ import annotations

from collections.abc import Sequence

from onnx import NodeProto

from finn.errors import FinnError
from finn.frontend.graph.attributes import label
from finn.frontend.planning.network import Network

__all__ = ("HostWarnings",)


class HostWarnings:
    """Collects them while the network is followed.

    Attributes
    ----------
    sentences
        One for each layer.
    """

    def __init__(self, network: Network, integer_input: bool) -> None:
        self._network = network
        self._options = "a quantiser before it" if integer_input else "--input-datatype and --input-scale"
        # The operator through which a tensor came to be the host's.
        self._causes: dict[str, NodeProto] = {}
        # Of joins that stay on the host, by name: the input that is no integers.
        self._unquantised: dict[str, str] = {}
        self.sentences: list[str] = []

    def nothing_left(self) -> FinnError:
        """Why a network of which no layer runs in hardware is refused."""
        if not self.sentences:
            return FinnError(
                "the model has no matrix product with constant weights that could run in hardware"
            )
        return FinnError(f"no layer can run in hardware: {'; '.join(self.sentences)}")

    def unquantised(self, node: NodeProto, tensor: str) -> None:
        """``node`` does not run in hardware because ``tensor`` is no integers."""
        self._unquantised[node.name] = tensor

    def before(self, node: NodeProto) -> None:
        """``node`` runs before the hardware."""
        self._tell(node, "nothing quantises its input", self._options)

    def behind(self, node: NodeProto, read: Sequence[str]) -> None:
        """``node``, which reads the tensors ``read``, runs behind the hardware."""
        cause = next((self._causes[name] for name in read if name in self._causes), node)
        self._causes |= dict.fromkeys(node.output, cause)
        if cause is node:
            self._tell(node, "nothing quantises its input", "a quantiser before it")
        else:
            reason, remedy = self._why(cause)
            self._tell(node, f"{label(cause)} before it does, {reason}", remedy)

    def _why(self, cause: NodeProto) -> tuple[str, str]:
        """Why a node that is no layer runs on the host, and what would change that."""
        tensor = self._unquantised.get(cause.name)
        if tensor is not None:
            maker = self._network.maker(tensor)
            source = label(maker) if maker is not None else repr(tensor)
            return f"whose input from {source} nothing quantises", "a quantiser there"
        if self._network.kind(cause) == "layer":
            return "whose input nothing quantises", "a quantiser there"
        if len(self._network.moving(cause)) > 1:
            return "which combines computed tensors", "a network without that"
        return "which no layer of the hardware computes", "a network without that"

    def _tell(self, node: NodeProto, reason: str, remedy: str) -> None:
        if self._network.kind(node) != "layer":
            return
        if not self._network.runs_in_hardware(node):
            reason, remedy = "its weights are not quantised", "quantised weights"
        text = f"runs on the host in float because {reason}; {remedy} would move it into hardware"
        self.sentences.append(f"{label(node)} {text}")
