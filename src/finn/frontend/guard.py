"""The border to what reads nodes: whatever goes wrong there ends in a sentence with the node's name."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from onnx import NodeProto

from finn.errors import FinnError
from finn.frontend.attributes import label

__all__ = ("at_node", "guarded")

log = logging.getLogger(__name__)
_last: ContextVar[str] = ContextVar("last_node", default="")
_MAX_TEXT = 160


@contextmanager
def at_node(node: NodeProto) -> Iterator[None]:
    """Refuse a model because of ``node`` for any exception in the body; FinnError goes through.

    qonnx, onnx, onnxruntime and NumPy raise what they like for a node that is not as they expect.
    """
    _last.set(label(node))
    try:
        yield
    except FinnError:
        raise
    except Exception as error:
        raise _refused(label(node), error) from error


@contextmanager
def guarded(what: str) -> Iterator[None]:
    """As `at_node` for a whole job on a model: names the last node that was looked at, or ``what``."""
    before = _last.set("")
    try:
        yield
    except FinnError:
        raise
    except Exception as error:
        raise _refused(_last.get() or what, error) from error
    finally:
        _last.reset(before)


def _refused(subject: str, error: Exception) -> FinnError:
    # The traceback is for whoever looks for a defect; a user has no use for it.
    log.debug("%s", subject, exc_info=error)
    lines = str(error).strip().splitlines()
    told = lines[0].strip().rstrip(".;")[:_MAX_TEXT] if lines and not isinstance(error, KeyError) else ""
    if isinstance(error, KeyError):
        told = f"{error} is missing"
    return FinnError(f"{subject} cannot be read{f' ({told})' if told else ''}; check the export")
