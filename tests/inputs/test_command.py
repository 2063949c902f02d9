"""``finn run`` and ``finn build``: inputs in every form, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from qonnx.core.modelwrapper import ModelWrapper
from typer.testing import CliRunner

from finn.cli.application import application
from finn.core.onnx_exec import execute_onnx

from .camera import GRID, OUTPUT, PIXELS, SHAPE, Forms, network


def command(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(application(), list(arguments))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def out_of(model: ModelWrapper) -> str:
    return str(model.get_metadata_prop("build_dir"))


def test_the_command_takes_images_and_prints_classes(
    camera: ModelWrapper, files: Path, pixel_forms: Forms
) -> None:
    (files / "names.txt").write_text("\n".join("abcdefg"))
    run = ["run", out_of(camera), "--on", "model", "--input"]
    code, out, _ = command(*run, pixel_forms["folder"][0], "--top", "2", "--labels", str(files / "names.txt"))
    best = np.argsort(-execute_onnx(camera, {"x": PIXELS})[OUTPUT], axis=1, kind="stable")[:, :2]
    assert code == 0
    assert out.splitlines() == [f"{i}.png\t{'abcdefg'[a]}, {'abcdefg'[b]}" for i, (a, b) in enumerate(best)]
    code, out, _ = command(
        *run, pixel_forms["uint8_nhwc"][0], "--layout", "NHWC", "--output", str(files / "y.npy")
    )
    assert (code, out.strip()) == (0, str(files / "y.npy"))
    np.testing.assert_array_equal(np.load(files / "y.npy"), execute_onnx(camera, {"x": PIXELS})[OUTPUT])


@pytest.mark.parametrize(
    ("form", "options", "text"),
    [
        (
            "uint8_nhwc",
            [],
            "{path} has shape (5, 6, 4, 3); the model takes (N, 3, 6, 4), the same axes in another"
            " order: add --layout NHWC",
        ),
        (
            "uint8",
            ["--layout", "NHWC"],
            "{path} has shape (5, 3, 6, 4); in layout NHWC the model takes (N, 6, 4, 3)",
        ),
        (
            "uint8",
            ["--layout", "HWC"],
            "--layout HWC does not fit the model's input x (N, 3, 6, 4), in layout NCHW",
        ),
        ("float32", ["--raw"], "{path} holds float32; raw codes are integers"),
        ("two", [], "{path} has no array for the model's input 'x'; use .npz with that name"),
        ("flat", [], "{path} has shape (5, 72); the model takes (N, 3, 6, 4)"),
        ("one", [], "{path} has shape (3, 6, 4); the model takes (N, 3, 6, 4)"),
        ("none", [], "{path} holds no image; batch is axis 0"),
        ("large", [], "{path} has 8 x 9 pixels (width x height), the model takes 4 x 6; add --resize"),
        ("off", [], "{path} holds 0.3 at index (0, 0, 0, 0), " + GRID),
    ],
)
def test_the_command_refuses_in_a_sentence(
    camera: ModelWrapper, files: Path, pixel_forms: Forms, form: str, options: list[str], text: str
) -> None:
    np.savez(files / "two.npz", a=PIXELS, b=PIXELS)
    np.save(files / "flat.npy", PIXELS.reshape(5, 72))
    np.save(files / "one.npy", PIXELS[0])
    np.save(files / "none.npy", PIXELS[:0])
    np.save(files / "off.npy", np.full((5, *SHAPE), 0.3))
    Image.fromarray(np.zeros((9, 8, 3), np.uint8)).save(files / "large.png")
    ending = {"two": "npz", "large": "png"}.get(form, "npy")
    path = files / f"{form}.{ending}"
    code, out, error = command("run", out_of(camera), "--input", str(path), "--output", str(files / "no.npy"),
                               "--on", "model", *options)  # fmt: skip
    assert (code, out, error) == (1, "", f"error: {text.format(path=path)}\n")
    assert not (files / "no.npy").exists()


def test_info_tells_what_an_input_is(camera: ModelWrapper, plain: ModelWrapper, own: ModelWrapper) -> None:
    lines = [command("info", out_of(model))[1].splitlines()[0] for model in (camera, plain, own)]
    assert lines == [
        "input   x (N, 3, 6, 4), float32 NCHW from UINT8 x (0.01712, 0.01751, 0.01743)"
        " + (-2.118, -2.036, -1.804)",
        "input   x (N, 3, 6, 4), float32 NCHW",
        "input   x (N, 6, 4, 3), uint8 NHWC from UINT8",
    ]


def test_images_for_a_build_that_does_not_say_what_they_are_worth(
    plain: ModelWrapper, pixel_forms: Forms
) -> None:
    folder = pixel_forms["folder"][0]
    code, out, error = command("run", out_of(plain), "--input", folder, "--top", "1", "--on", "model")
    assert (code, out, error) == (1, "", (
        f"error: {folder} holds pixels, and this build does not say what they are worth; build it with"
        " --input-datatype UINT8 and --input-scale, for instance 1/255\n"))  # fmt: skip


def test_a_build_without_a_scale_is_told_which_is_plausible(tmp_path: Path) -> None:
    network().model().save(str(tmp_path / "m.onnx"))
    build_it = ["build", str(tmp_path / "m.onnx"), "-o", str(tmp_path / "out"), "--input-datatype", "UINT8"]
    text = "--input-datatype UINT8 needs --input-scale, what one step of it is worth to the model"
    assert command(*build_it) == (1, "", (
        f"error: {text}: the first quantiser, Quant_0 (Quant), takes -2.223 to 2.206, which makes 1/255"
        " plausible; add --input-scale 1/255 if that is so\n"))  # fmt: skip
    for options, told in (
        (["--input-scale", "1/0"], "--input-scale takes a number or a fraction such as 1/255, not '1/0'"),
        (["--input-scale", "-1"], "--input-scale must be greater than 0, not -1"),
        (["--input-scale", "1/255", "--input-mean", "0.4,0.5"], "--input-mean has 2 values for input 'x' of"
         " shape (N, 3, 6, 4); give one, or one for each of its 3 channels"),
        (["--input-scale", "1/255", "--input-std", "0"], "--input-std must be greater than 0, not 0"),
        (["--input-scale", "1/255", "--input-mean", "0.4,0.5", "--input-std", "1,2,3"],
         "--input-mean has 2 values and --input-std 3; give one for each channel"),
    ):  # fmt: skip
        assert command(*build_it, *options) == (1, "", f"error: {told}\n")
    assert not (tmp_path / "out").exists()


def test_floats_of_another_scale_are_told(plain: ModelWrapper, files: Path) -> None:
    values = np.zeros((5, *SHAPE), np.float32)
    values[:, 1] = 255.0
    np.save(files / "bright.npy", values)
    code, _, error = command("run", out_of(plain), "--input", str(files / "bright.npy"), "--output",
                             str(files / "y.npy"), "--on", "model")  # fmt: skip
    assert code == 0
    assert error == (
        f"warning: {files / 'bright.npy'}: 120 of 360 values (33.3 %) are clipped by the first quantiser,"
        " which takes -115.6 to 114.7; are they scaled as in training?\n"
    )
