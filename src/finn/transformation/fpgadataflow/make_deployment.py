"""Copies a build to a board."""

from __future__ import annotations

from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.base import Transformation

from finn.core.build_dir import set_everywhere
from finn.remote import BoardAddress, connect, deploy
from finn.transformation.fpgadataflow.make_pynq_driver import DEPLOY_FOLDER, assemble_deployment

__all__ = ("DeployToPYNQ",)


class DeployToPYNQ(Transformation):  # type: ignore[misc]
    """Copies ``deploy/`` to the board, atomically and checksummed, over SSH.

    Outcome: metadata ``pynq_ip``, ``pynq_port``, ``pynq_username``, ``pynq_target_dir``,
    ``pynq_deployment_dir``, ``pynq_deploy_dir`` and ``exec_mode="remote_pynq"``. The password stays
    in this process; it is never written anywhere.

    Parameters
    ----------
    ip, port, username
        Where the board's SSH server listens, and who logs in.
    password
        For login and sudo; None or "" for a key, an agent or FINN_BOARD_PASSWORD.
    target_dir
        Folder on the board, made if it is missing.
    accept_new_host_key
        Trust a host that is not in known_hosts and remember it.

    Raises
    ------
    FinnError
        If the board does not answer, refuses the login, or has no room.
    """

    def __init__(
        self,
        ip: str,
        port: int,
        username: str,
        password: str | None,
        target_dir: str,
        accept_new_host_key: bool = False,
    ) -> None:
        super().__init__()
        self._address = BoardAddress(ip, int(port), username, target_dir)
        self._password = password or None
        self._accept = accept_new_host_key

    def apply(self, model: ModelWrapper) -> tuple[ModelWrapper, bool]:
        """Return the model, ready to run on the board."""
        folder = assemble_deployment(model)
        connection = connect(self._address, password=self._password, accept_new_host_key=self._accept)
        remote = deploy(connection, folder, self._address.directory)
        set_everywhere(
            model,
            {
                "pynq_ip": self._address.host,
                "pynq_port": str(self._address.port),
                "pynq_username": self._address.username,
                "pynq_target_dir": self._address.directory,
                "pynq_remote_dir": remote,
                "pynq_deployment_dir": DEPLOY_FOLDER,
                "pynq_deploy_dir": DEPLOY_FOLDER,
                "exec_mode": "remote_pynq",
            },
        )
        return model, False
