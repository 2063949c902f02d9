"""Takes the bitstream that Vivado made on another machine back into a build."""

from __future__ import annotations

from pathlib import Path

from finn.build.output import MARKER, PARENT_FILE, load_output
from finn.errors import FinnError
from finn.toolchain.vivado import RESULT
from finn.transformation.fpgadataflow.chip_bitstream import adopt_vivado
from finn.transformation.fpgadataflow.make_pynq_driver import assemble_deployment
from finn.transformation.fpgadataflow.make_pynq_proj import VIVADO_FOLDER

__all__ = ("adopt",)


def adopt(directory: Path, output: Path | None = None) -> Path:
    """Put the bitstream that ``project/vivado/build.tcl`` made into a build's deployment.

    Parameters
    ----------
    directory
        The folder ``vivado`` as it came back, or a build that holds it.
    output
        The build; without it, the one that ``directory`` is or lies in.

    Returns
    -------
    Path
        The build; its deployment now holds the bitstream for the chip beside the emulated one.

    Raises
    ------
    FinnError
        There is no build or no bitstream, or the bitstream is of another build or part.
    """
    if not directory.is_dir():
        raise FinnError(f"{directory} is not a folder; name the folder that Vivado's script was run in")
    build = output or _build_around(directory)
    places = (directory, directory / "vivado", directory / VIVADO_FOLDER)
    folder = next((place for place in places if (place / RESULT).is_file()), directory)
    model = load_output(build)
    adopt_vivado(model, folder)
    assemble_deployment(model)
    model.save(str(build / PARENT_FILE))
    return build


def _build_around(directory: Path) -> Path:
    for folder in (directory, *directory.absolute().parents):
        if (folder / MARKER).is_file():
            return folder
    raise FinnError(f"{directory} lies in no build; name the build that it belongs to with -o OUT")
