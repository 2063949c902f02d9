"""The border to what reads nodes: whatever goes wrong there ends in a sentence with the node's name."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from onnx import NodeProto

from finn.errors import FinnError
from finn.frontend.graph.attributes import label, printable, refusal

__all__ = ("at_node", "first_line", "guarded")

log = logging.getLogger(__name__)
_last: ContextVar[str] = ContextVar("last_node", default="")
_MAX_TEXT = 160
_TAG = re.compile(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ")


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
        _log_defect(label(node), error)
        raise refusal(node, _told(error)) from error


@contextmanager
def guarded(what: str) -> Iterator[None]:
    """As `at_node` for a whole job on a model: names the last node that was looked at, or ``what``."""
    before = _last.set("")
    try:
        yield
    except FinnError:
        raise
    except Exception as error:
        subject = _last.get() or what
        _log_defect(subject, error)
        raise FinnError(f"{subject} {_told(error)}") from error
    finally:
        _last.reset(before)


def _log_defect(subject: str, error: Exception) -> None:
    """Keep the traceback for whoever looks for a defect; a user has no use for it."""
    log.debug("%s", subject, exc_info=error)


def first_line(error: Exception) -> str:
    """What an exception of another library says, as part of a sentence."""
    lines = str(error).strip().splitlines()
    return printable(_TAG.sub("", lines[0])).strip().rstrip(".;")[:_MAX_TEXT] if lines else ""


def _told(error: Exception) -> str:
    told = f"{error} is missing" if isinstance(error, KeyError) else first_line(error)
    return f"cannot be read{f' ({told})' if told else ''}; check the export"
