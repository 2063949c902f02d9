"""Where a build can run: the integer model, RTL simulation, an emulated board, a board."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from qonnx.core.modelwrapper import ModelWrapper

from finn.core.build_dir import hardware_child
from finn.core.onnx_exec import execute_onnx
from finn.core.remote_exec import point_at
from finn.core.throughput_test import throughput_test
from finn.errors import FinnError

__all__ = ("Target", "open_target")

EXEC_MODE = {"model": "", "rtlsim": "rtlsim", "emulated": "remote_pynq", "board": "remote_pynq"}


@dataclass(frozen=True)
class Target:
    """A build, ready to run somewhere.

    Attributes
    ----------
    model
        The parent, with the metadata that this target needs; the file on disk is untouched.
    kind
        ``"model"``, ``"rtlsim"``, ``"emulated"`` or ``"board"``.
    """

    model: ModelWrapper
    kind: str

    def execute(self, inputs: Mapping[str, NDArray[Any]], full: bool = False) -> dict[str, NDArray[Any]]:
        """The model's outputs; with ``full`` every tensor that the host sees."""
        return execute_onnx(self.model, inputs, return_full_exec_context=full)

    def throughput(self, batch: int, watch: Callable[[dict[str, Any]], None] | None = None) -> dict[str, Any]:
        """The metrics of a throughput test, as `throughput_test`; FinnError where there is no board."""
        if self.kind not in ("emulated", "board"):
            raise FinnError(
                f"throughput is measured on a board, not on {self.kind}; use --on emulated or ssh://user@host"
            )
        return throughput_test(self.model, batch, watch)


@contextmanager
def open_target(
    model: ModelWrapper,
    on: str | Sequence[str],
    *,
    password: str | None = None,
    accept_new_host_key: bool = False,
    trace: Path | None = None,
    bandwidth: float | None = None,
) -> Iterator[Target]:
    """Make a build run on ``model``, ``rtlsim``, ``emulated`` or ``ssh://user@host:port``.

    Parameters
    ----------
    model
        The parent of a build, with its ``build_dir``.
    on
        The target; several addresses of boards share every batch.
    password, accept_new_host_key
        For a board; None for a key, an agent or FINN_BOARD_PASSWORD.
    trace
        File for waveforms, with ``rtlsim``.
    bandwidth
        Memory bandwidth of an emulated board in MB/s, where it shall not be that of the board.

    Raises
    ------
    FinnError
        If the target is unknown, or a board does not answer or lacks the deployment.
    """
    names = [on] if isinstance(on, str) else list(on)
    if trace is not None and names != ["rtlsim"]:
        raise FinnError(f"waveforms come from --on rtlsim, not from {' '.join(names)}")
    copy = ModelWrapper(model.model, make_deepcopy=True)
    if len(names) != 1:
        yield _boards(copy, names, password, accept_new_host_key)
        return
    (on,) = names
    if on in ("model", "rtlsim"):
        copy.set_metadata_prop("exec_mode", EXEC_MODE[on])
        with _traced(copy, trace):
            yield Target(copy, on)
    elif on == "emulated":
        with _emulated(copy, bandwidth) as target:
            yield target
    elif on.startswith("ssh://"):
        yield _boards(copy, [on], password, accept_new_host_key)
    else:
        raise FinnError(
            f"target {on!r} is unknown; possible are model, rtlsim, emulated, ssh://user@host:port"
        )


@contextmanager
def _traced(model: ModelWrapper, trace: Path | None) -> Iterator[None]:
    if trace is None:
        yield
        return
    from finn.transformation.fpgadataflow.prepare_rtlsim import compile_network

    with tempfile.TemporaryDirectory(prefix="finn_trace_") as folder:
        simulation = compile_network(hardware_child(model), Path(folder), trace=True)
        model.set_metadata_prop("rtlsim_so", str(simulation.library))
        model.set_metadata_prop("rtlsim_trace", str(trace.absolute()))
        yield


@contextmanager
def _emulated(model: ModelWrapper, bandwidth: float | None) -> Iterator[Target]:
    from finn.emulator import EmulatedBoard
    from finn.remote import BoardAddress, connect, deploy
    from finn.transformation.fpgadataflow.make_pynq_driver import assemble_deployment

    name = model.get_metadata_prop("platform") or "Pynq-Z1"
    with EmulatedBoard(board=name, bandwidth=bandwidth) as board:
        address = BoardAddress(board.host, board.port, board.username, "finn")
        connection = connect(address, password=board.password, key=board.key, host_key=board.host_key)
        remote = deploy(connection, assemble_deployment(model), address.directory)
        point_at(model, [(address, remote)])
        try:
            yield Target(model, "emulated")
        finally:
            connection.close()


def _boards(model: ModelWrapper, on: Sequence[str], password: str | None, accept: bool) -> Target:
    """The boards that answer and have the build; one that does not is left out if others do."""
    from finn.remote import BoardAddress, LoginError, connect, deployed_directory
    from finn.transformation.fpgadataflow.make_pynq_driver import assemble_deployment

    folder = assemble_deployment(model)
    found: list[tuple[BoardAddress, str]] = []
    failed: list[FinnError] = []
    for url in on:
        address = BoardAddress.parse(url)
        try:
            connection = connect(address, password=password, accept_new_host_key=accept)
            found.append((address, deployed_directory(connection, folder, address.directory)))
        except LoginError:
            raise
        except FinnError as error:
            failed.append(error)
    if not found:
        raise failed[0] if len(failed) == 1 else FinnError(f"no board is left: {'; '.join(map(str, failed))}")
    for reason in failed:
        print(f"warning: {reason}; the other boards go on without it", file=sys.stderr, flush=True)
    point_at(model, found)
    return Target(model, "board")
