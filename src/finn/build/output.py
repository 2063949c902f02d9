"""The folder OUT: made beside its place, then renamed; loaded from wherever it lies now."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from qonnx.core.modelwrapper import ModelWrapper

from finn.core.build_dir import hardware_child, read_stage, set_everywhere
from finn.errors import FinnError
from finn.frontend.writing.emit import WARNINGS

__all__ = ("MARKER", "PARENT_FILE", "build_warnings", "load_output", "new_output")

MARKER = "finn-build.json"
PARENT_FILE = "stages/parent.onnx"


@contextmanager
def new_output(output: Path) -> Iterator[Path]:
    """A folder to build in; it becomes ``output`` if the body succeeds, and vanishes otherwise.

    FinnError if ``output`` exists and is no earlier build, or its parent cannot be written.
    """
    target = output.absolute()
    if target.exists() and not (target / MARKER).is_file():
        raise FinnError(
            f"{output} exists and is no earlier build (it has no {MARKER}); choose another folder"
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise FinnError(f"{target.parent} cannot be written: {error.strerror}") from error
    try:
        work.chmod(0o755)
        yield work
        _replace(work, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _replace(work: Path, target: Path) -> None:
    if not target.exists():
        work.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
    target.rename(old / target.name)
    work.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def load_output(path: Path) -> ModelWrapper:
    """The parent model of a build, with ``build_dir`` set to where it lies now.

    FinnError if ``path`` is no build.
    """
    if not (path / MARKER).is_file():
        raise FinnError(f"{path} is no finished build (it has no {MARKER}); run finn build first")
    try:
        json.loads((path / MARKER).read_text())
    except (OSError, ValueError) as error:
        raise FinnError(f"{path} is damaged ({error}); build it again") from error
    model = read_stage(path / PARENT_FILE)
    if model.get_metadata_prop("build_dir") != str(path.absolute()):
        model.set_metadata_prop("build_dir", str(path.absolute()))
        # A build on read-only media still runs: only its child opened by hand keeps the old path.
        with suppress(OSError):
            set_everywhere(model, {"build_dir": str(path.absolute())})
            model.save(str(path / PARENT_FILE))
    return model


def build_warnings(path: Path) -> list[str]:
    """What the front end had to say of a build's network, and what of a folding file was left out."""
    parent = load_output(path)
    texts = [model.get_metadata_prop(WARNINGS) or "[]" for model in (parent, hardware_child(parent))]
    return [sentence for text in texts for sentence in json.loads(text)]
