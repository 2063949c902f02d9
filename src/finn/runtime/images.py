"""Image files as a model's input: colour or grey as its channels, bytes as its pixels; needs Pillow."""

import glob
import os
from typing import Any, List, Tuple

import numpy as np

from . import BoardError
from .reader import ModelInput, ModelInputs

__all__ = ("image_files", "images_of", "is_images")

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm")
MODES = {1: "L", 3: "RGB", 4: "RGBA"}
_WIDE = ("I", "F")  # Pillow's modes of more than eight bits a pixel begin with these


def is_images(source: str) -> bool:
    """Whether a path names an image file, a folder, or a glob."""
    named = source.lower().endswith(ENDINGS) or os.path.isdir(source)
    return named or (glob.has_magic(source) and not os.path.exists(source))


def image_files(source: str) -> List[str]:
    """The image files that a path, a folder or a glob names, by name; BoardError where there is none."""
    if os.path.isfile(source):
        return [source]
    pattern = os.path.join(glob.escape(source), "*") if os.path.isdir(source) else source
    found = sorted(path for path in glob.glob(pattern) if path.lower().endswith(ENDINGS))
    if not found:
        raise BoardError("%s holds no image; known are files named *%s" % (source, ", *".join(ENDINGS)))
    return found


def images_of(source: str, inputs: ModelInputs, resize: bool = False) -> np.ndarray:
    """(N, ...) uint8 in the model's own layout, the files in the order of their names.

    Parameters
    ----------
    source
        An image file, a folder of them, or a glob.
    inputs
        Those of the model.
    resize
        Bring every image to the model's size, instead of refusing another one.

    Raises
    ------
    BoardError
        No image, none of the model's size, one that cannot be read, or a model that takes none.
    """
    if len(inputs.inputs) != 1:
        raise BoardError(
            "%s is an image, and the model has %d inputs; give them as .npz" % (source, len(inputs.inputs))
        )
    (wanted,) = inputs.inputs
    _require_pixels(wanted, source)
    size = _size(wanted, source)
    images = [_image(path, size, resize) for path in image_files(source)]
    return np.stack([_laid_out(image, wanted) for image in images])


def _require_pixels(wanted: ModelInput, source: str) -> None:
    integers = wanted.integers
    if wanted.kind.kind == "i" or (integers is not None and not integers.pixels):
        taken = wanted.kind.name if integers is None else integers.datatype
        raise BoardError(
            "%s holds pixels of 0 to 255, and the model takes %s; give an array of that" % (source, taken)
        )
    if not (integers is not None and integers.pixels) and wanted.kind != np.uint8:
        raise BoardError(
            "%s holds pixels, and this build does not say what they are worth; build it with"
            " --input-datatype UINT8 and --input-scale, for instance 1/255" % source
        )


def _size(wanted: ModelInput, source: str) -> Tuple[int, int, int]:
    """Height, width and channels of the model's images; of a vector, those of a square grey image."""
    shape, layout = wanted.shape, wanted.layout[1:]
    if len(shape) == 1:
        side = int(round(shape[0] ** 0.5))
        height, width, channels = side, side, 1
    elif sorted(layout) == ["C", "H", "W"]:
        height, width, channels = (shape[layout.index(letter)] for letter in "HWC")
    else:
        height = width = channels = 0
    if channels not in MODES or (len(shape) == 1 and height * width != shape[0]):
        taken = ", ".join(["N"] + [str(extent) for extent in shape])
        raise BoardError(
            "%s is an image, and the model takes (%s); give an array of that shape" % (source, taken)
        )
    return height, width, channels


def _image(path: str, size: Tuple[int, int, int], resize: bool) -> np.ndarray:
    """(height, width, channels) uint8."""
    height, width, channels = size
    pillow = _pillow()
    try:
        with pillow.open(path) as file:
            if file.mode.startswith(_WIDE):
                raise BoardError("%s has more than 8 bits a pixel; save it with 8" % path)
            image = _upright(file).convert(MODES[channels])
    except (EnvironmentError, ValueError, SyntaxError, EOFError, pillow.DecompressionBombError) as error:
        reason = getattr(error, "strerror", None) or "it is damaged, or no image"
        raise BoardError("%s cannot be read: %s" % (path, reason))
    if image.size != (width, height):
        if not resize:
            raise BoardError(
                "%s has %d x %d pixels (width x height), the model takes %d x %d; add --resize"
                % ((path,) + image.size + (width, height))
            )
        image = image.resize((width, height), pillow.BILINEAR)
    return np.asarray(image, np.uint8).reshape(height, width, channels)


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise BoardError("image files need Pillow; run `pip install pillow`, or give an array")
    return Image


def _upright(image: Any) -> Any:
    """As the camera was held."""
    from PIL import ImageOps

    return ImageOps.exif_transpose(image) if hasattr(ImageOps, "exif_transpose") else image


def _laid_out(image: np.ndarray, wanted: ModelInput) -> np.ndarray:
    """One image in the order of the model's axes."""
    if len(wanted.shape) == 1:
        return image.reshape(-1)
    return image.transpose(["HWC".index(letter) for letter in wanted.layout[1:]])
