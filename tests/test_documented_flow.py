"""The flow as the documentation spells it, against an emulated board in another process."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from qonnx.core.modelwrapper import ModelWrapper

from finn.core.build_dir import hardware_child
from finn.core.onnx_exec import execute_onnx
from finn.core.throughput_test import throughput_test
from finn.transformation.fpgadataflow.make_deployment import DeployToPYNQ
from finn.transformation.fpgadataflow.make_pynq_driver import MakePYNQDriver
from finn.transformation.fpgadataflow.make_pynq_proj import MakePYNQProject
from finn.transformation.fpgadataflow.synth_pynq_proj import SynthPYNQProject

PASSWORD = "correct horse; battery"
BOARD_START_SECONDS = 120
METRICS = (
    "runtime[ms]",
    "throughput[images/s]",
    "DRAM_in_bandwidth[MB/s]",
    "DRAM_out_bandwidth[MB/s]",
    "fclk[mhz]",
    "batch_size",
    "fold_input[ms]",
    "pack_input[ms]",
    "copy_input_data_to_device[ms]",
    "copy_output_data_from_device[ms]",
    "unpack_output[ms]",
    "unfold_output[ms]",
    "wall_runtime[ms]",
    "cycles_per_frame",
    "latency_cycles",
    "expected_cycles_per_frame",
    "bound_by",
)


@pytest.fixture(scope="module")
def board():
    """An emulated board started by ``finn emulate``; yields (user, host, port)."""
    command = [Path(sys.executable).with_name("finn"), "emulate", "--port", "0"]
    environment = {**os.environ, "FINN_BOARD_PASSWORD": PASSWORD}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        for line in process.stdout:
            match = re.search(r"ssh://(\w+)@([\d.]+):(\d+)", line)
            if match:
                yield match[1], match[2], int(match[3])
                break
        else:
            pytest.fail("finn emulate ended without an ssh:// address")
    finally:
        process.terminate()
        process.wait(BOARD_START_SECONDS)


@pytest.fixture(scope="module")
def deployed(board, digits, tmp_path_factory):
    user, host, port = board
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FINN_BUILD_DIR", str(tmp_path_factory.mktemp("builds")))
        patch.setenv("FINN_ACCEPT_NEW_HOST_KEY", "1")
        model = ModelWrapper(str(digits / "digits_w2a2.onnx"))
        model = model.transform(MakePYNQProject("Pynq-Z1", target_fps=500_000))
        model = model.transform(SynthPYNQProject("verilator"))
        model = model.transform(MakePYNQDriver())
        yield model.transform(DeployToPYNQ(host, port, user, PASSWORD, f"/home/{user}/digits"))


def test_the_board_answers_as_the_original_model(deployed, digits):
    images, expected = np.load(digits / "x.npy"), np.load(digits / "y.npy")
    name = deployed.graph.input[0].name
    outputs = execute_onnx(deployed, {name: images})
    (values,) = outputs.values()
    assert values.shape == expected.shape
    assert np.allclose(values, expected, atol=1e-4, rtol=1e-4)
    assert np.array_equal(values.argmax(axis=1), expected.argmax(axis=1))


def test_the_metrics_are_all_there_and_consistent(deployed):
    metrics = throughput_test(deployed, batchsize=200)
    assert set(METRICS) <= set(metrics)
    assert metrics["batch_size"] == 200
    seconds = metrics["runtime[ms]"] / 1000
    assert metrics["throughput[images/s]"] == pytest.approx(200 / seconds)
    assert seconds == pytest.approx(metrics["cycles_per_frame"] * 200 / (metrics["fclk[mhz]"] * 1e6))


def test_the_saved_model_holds_no_password(deployed, tmp_path):
    deployed.save(str(tmp_path / "model.onnx"))
    build = Path(deployed.get_metadata_prop("build_dir"))
    for path in (tmp_path / "model.onnx", *(p for p in build.rglob("*") if p.is_file())):
        assert PASSWORD.encode() not in path.read_bytes(), path


def test_metadata_keys_keep_their_names(deployed, board):
    user, host, port = board
    expected = {
        "pynq_ip": host,
        "pynq_port": str(port),
        "pynq_username": user,
        "pynq_target_dir": f"/home/{user}/digits",
        "exec_mode": "remote_pynq",
        "vivado_pynq_proj": "project",
        "pynq_driver_dir": "deploy",
        "pynq_deploy_dir": "deploy",
        "pynq_deployment_dir": "deploy",
        "platform": "Pynq-Z1",
    }
    assert {key: deployed.get_metadata_prop(key) for key in expected} == expected
    assert deployed.get_metadata_prop("vivado_pynq_bitfile").endswith(".bit")


@pytest.mark.skipif(shutil.which("ssh") is None, reason="needs OpenSSH's ssh, which is not installed")
def test_openssh_reaches_the_board(board, tmp_path):
    user, host, port = board
    askpass = tmp_path / "askpass"
    askpass.write_text(f"#!/bin/sh\nprintf '%s\\n' '{PASSWORD}'\n")
    askpass.chmod(0o700)
    environment = {**os.environ, "SSH_ASKPASS": str(askpass), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"}
    options = ["-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={tmp_path / 'known'}"]
    ssh = ["ssh", *options, "-p", str(port), f"{user}@{host}", "pwd; ls"]
    result = subprocess.run(ssh, env=environment, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    assert "digits" in result.stdout
    batch = tmp_path / "batch"
    batch.write_text("pwd\nls\n")
    sftp = ["sftp", *options, "-P", str(port), "-o", "BatchMode=no", "-b", str(batch), f"{user}@{host}"]
    result = subprocess.run(sftp, env=environment, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    assert f"/home/{user}" in result.stdout and "digits" in result.stdout


def test_the_child_runs_on_the_board_too(deployed):
    child = hardware_child(deployed)
    assert child.get_metadata_prop("exec_mode") == "remote_pynq"
    tensor = child.graph.input[0].name
    frames = np.random.default_rng(5).integers(0, 4, (9, 64))
    measured = execute_onnx(child, {tensor: frames})
    child.set_metadata_prop("exec_mode", "")
    expected = execute_onnx(child, {tensor: frames})
    assert {name: values.tolist() for name, values in measured.items()} == {
        name: values.tolist() for name, values in expected.items()
    }


def test_a_child_alone_goes_through_all_passes(deployed, tmp_path):
    shutil.copytree(deployed.get_metadata_prop("build_dir"), tmp_path / "build")
    child = ModelWrapper(str(tmp_path / "build" / "stages" / "partition.onnx"))
    child.set_metadata_prop("build_dir", str(tmp_path / "build"))
    for step in (MakePYNQProject("Pynq-Z2"), SynthPYNQProject("verilator"), MakePYNQDriver()):
        child = child.transform(step)
    assert child.get_metadata_prop("platform") == "Pynq-Z2"
    names = {path.name for path in (tmp_path / "build" / "deploy").iterdir()}
    stem = child.get_metadata_prop("finn_bitstream")
    assert {f"{stem}.bit", f"{stem}.hwh", "driver.py", "runtime", "accelerator.json", "host.npz"} <= names
