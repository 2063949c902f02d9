"""Image files as inputs: sizes, channels and layouts of which no two are alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from finn.runtime import BoardError
from finn.runtime.images import image_files, images_of, is_images
from finn.runtime.reader import ModelInputs

PIXELS = np.random.default_rng(1).integers(0, 256, (5, 6, 4, 3), dtype=np.uint8)
INTEGERS = {"datatype": "UINT8", "scale": [1 / 255], "offset": [0.0], "pixels": True}


def model(shape: list[int], layout: str, **more: Any) -> ModelInputs:
    return ModelInputs([{"name": "x", "shape": shape, "layout": layout, "integers": INTEGERS, **more}])


FIRST, LAST = model([3, 6, 4], "NCHW"), model([6, 4, 3], "NHWC")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for index, image in enumerate(PIXELS):
        Image.fromarray(image).save(tmp_path / f"{index}.png")
    (tmp_path / "notes.txt").write_text("none")
    return tmp_path


def refused(source: Path, inputs: ModelInputs, resize: bool = False) -> str:
    with pytest.raises(BoardError) as error:
        images_of(str(source), inputs, resize)
    return str(error.value)


def test_a_folder_a_glob_and_a_file(folder: Path) -> None:
    np.testing.assert_array_equal(images_of(str(folder), FIRST), PIXELS.transpose(0, 3, 1, 2))
    np.testing.assert_array_equal(images_of(str(folder), LAST), PIXELS)
    np.testing.assert_array_equal(images_of(str(folder / "[13].png"), LAST), PIXELS[[1, 3]])
    np.testing.assert_array_equal(images_of(str(folder / "2.png"), LAST), PIXELS[2:3])


def test_what_is_an_image(folder: Path) -> None:
    assert is_images(str(folder)) and is_images("photo.JPG") and is_images("*.png")
    assert not is_images("x.npy")
    (folder / "x[1].npy").write_bytes(b"")
    assert not is_images(str(folder / "x[1].npy"))
    assert [Path(path).name for path in image_files(str(folder))] == [f"{i}.png" for i in range(5)]


def test_colour_becomes_grey_and_grey_colour(folder: Path) -> None:
    grey = images_of(str(folder), model([1, 6, 4], "NCHW"))
    expected = np.stack([np.asarray(Image.fromarray(image).convert("L")) for image in PIXELS])
    np.testing.assert_array_equal(grey, expected[:, None])
    Image.fromarray(PIXELS[0, :, :, 0]).save(folder / "grey.png")
    colour = images_of(str(folder / "grey.png"), LAST)
    np.testing.assert_array_equal(colour[0], np.repeat(PIXELS[0, :, :, :1], 3, axis=2))


def test_a_vector_takes_a_square_grey_image(tmp_path: Path) -> None:
    Image.fromarray(PIXELS[0, :4, :, 0]).save(tmp_path / "x.png")
    read = images_of(str(tmp_path / "x.png"), model([16], "NC"))
    np.testing.assert_array_equal(read, PIXELS[0, :4, :, 0].reshape(1, 16))
    assert refused(tmp_path / "x.png", model([15], "NC")) == (
        f"{tmp_path / 'x.png'} is an image, and the model takes (N, 15); give an array of that shape"
    )


def test_another_size_is_refused_or_changed(folder: Path) -> None:
    Image.fromarray(np.full((9, 7, 3), 77, np.uint8)).save(folder / "large.png")
    assert refused(folder / "large.png", FIRST) == (
        f"{folder / 'large.png'} has 7 x 9 pixels (width x height), the model takes 4 x 6; add --resize"
    )
    resized = images_of(str(folder / "large.png"), FIRST, resize=True)
    np.testing.assert_array_equal(resized, np.full((1, 3, 6, 4), 77))


def test_a_photograph_lies_as_the_camera_was_held(folder: Path) -> None:
    turned = Image.fromarray(np.rot90(PIXELS[0]))
    exif = turned.getexif()
    exif[0x0112] = 6  # to be turned by 90 degrees to the right
    turned.save(folder / "turned.png", exif=exif)
    np.testing.assert_array_equal(images_of(str(folder / "turned.png"), LAST)[0], PIXELS[0])


def test_what_is_damaged_or_no_image(folder: Path) -> None:
    whole = (folder / "0.png").read_bytes()
    for content in (b"", b"no image", whole[: len(whole) // 2]):
        (folder / "bad.png").write_bytes(content)
        expected = f"{folder / 'bad.png'} cannot be read: it is damaged, or no image"
        assert refused(folder / "bad.png", FIRST) == expected
    assert refused(folder / "none.png", FIRST).startswith(f"{folder / 'none.png'} holds no image; known are")
    Image.fromarray(np.zeros((6, 4), np.uint16)).save(folder / "wide.png")
    assert refused(folder / "wide.png", FIRST) == (
        f"{folder / 'wide.png'} has more than 8 bits a pixel; save it with 8"
    )


def test_a_build_that_does_not_say_what_pixels_are_worth(folder: Path) -> None:
    assert refused(folder, model([3, 6, 4], "NCHW", integers=None)) == (
        f"{folder} holds pixels, and this build does not say what they are worth; build it with"
        " --input-datatype UINT8 and --input-scale, for instance 1/255"
    )
    own = model([3, 6, 4], "NCHW", integers=None, datatype="uint8")
    np.testing.assert_array_equal(images_of(str(folder), own), PIXELS.transpose(0, 3, 1, 2))


@pytest.mark.parametrize("integers", [None, {**INTEGERS, "datatype": "INT8", "pixels": False}])
def test_a_model_that_takes_other_integers(folder: Path, integers: Any) -> None:
    inputs = model([3, 6, 4], "NCHW", integers=integers, datatype="int8")
    taken = "int8" if integers is None else "INT8"
    assert refused(folder, inputs) == (
        f"{folder} holds pixels of 0 to 255, and the model takes {taken}; give an array of that"
    )


def test_a_model_of_several_inputs(folder: Path) -> None:
    both = ModelInputs([{"name": "a", "shape": [3]}, {"name": "b", "shape": [3]}])
    assert refused(folder, both) == f"{folder} is an image, and the model has 2 inputs; give them as .npz"
