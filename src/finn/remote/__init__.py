"""The host's side of SSH: connections, deployment, sessions."""

from finn.remote.address import BoardAddress, LoginError, UnreachableError
from finn.remote.connection import Connection, connect
from finn.remote.deploy import deploy, deployed_directory
from finn.remote.farm import Farm
from finn.remote.prune import prune_deployments
from finn.remote.session import Session, open_session

__all__ = (
    "BoardAddress",
    "Connection",
    "Farm",
    "LoginError",
    "Session",
    "UnreachableError",
    "connect",
    "deploy",
    "deployed_directory",
    "open_session",
    "prune_deployments",
)
