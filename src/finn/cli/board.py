"""``finn deploy`` and ``finn emulate``."""

from __future__ import annotations

from typing import Annotated

import typer

from finn.cli.console import Stages, note
from finn.cli.options import AcceptHostKey, BoardAddressOption, BoardName, Out
from finn.cli.password import with_password

__all__ = ("deploy", "emulate")


def deploy(
    out: Out,
    on: BoardAddressOption,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove the older deployments in that folder that nothing uses.")
    ] = False,
    accept_new_host_key: AcceptHostKey = False,
) -> None:
    """Copy a build to a board.

    Atomic and checksummed; prints the folder that it is in there.
    """
    from finn.build import load_output
    from finn.remote import BoardAddress, connect, prune_deployments
    from finn.remote import deploy as copy
    from finn.transformation.fpgadataflow.make_pynq_driver import assemble_deployment

    address, folder = BoardAddress.parse(on), assemble_deployment(load_output(out))

    def job(password: str | None) -> str:
        connection = connect(address, password=password, accept_new_host_key=accept_new_host_key)
        copied = copy(connection, folder, address.directory)
        if prune:
            removed, busy = prune_deployments(connection, address.directory, copied)
            for names, what in ((removed, "removed"), (busy, "in use, kept")):
                for name in names:
                    note(f"{what}: {name}")
        return copied

    with Stages() as stages, stages(f"copy to {address.host}"):
        remote = with_password([on], job)
    print(remote)


def emulate(
    board: BoardName = "Pynq-Z1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="TCP port on loopback; 0 takes a free one.")
    ] = 2222,
) -> None:
    """Run an emulated board until interrupted.

    Prints its ssh:// URL and password; --on takes the URL.
    """
    from finn.emulator import serve

    serve(board, port)
