"""The command's frame: help, exit codes, one-line errors, passwords, class names."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from finn.cli import main
from finn.cli.application import application
from finn.cli.console import Stages, complain
from finn.cli.password import with_password
from finn.errors import FinnError
from finn.remote import LoginError

COMMANDS = ("info", "build", "run", "throughput", "verify", "deploy", "emulate", "demo", "doctor")


def invoke(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(application(), list(arguments), prog_name="finn")
    return result.exit_code, result.stdout, result.stderr


def test_help_names_every_command_and_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom finn.cli.application import application\nfrom typer.testing import CliRunner\n"
        "print(CliRunner().invoke(application(), ['--help']).stdout)\n"
        "heavy = {'numpy', 'onnx', 'qonnx', 'rich', 'asyncssh'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert all(f"  {command} " in done.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_takes_a_password(command: str) -> None:
    code, text, _ = invoke(command, "--help")
    assert code == 0
    assert "--password" not in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "out"), "Missing option '--input'"),
        (
            ("run", "out", "--input", "x", "--output", "y", "--on", "moon"),
            "'moon' is none of model, rtlsim, emulated",
        ),
        (("run", "out", "--input", "x", "--output", "y", "--on", "ssh://"), "'ssh://' is none of model"),
        (("deploy", "out", "--on", "emulated"), "'emulated' is not of the form ssh://user@host:port"),
        (
            ("throughput", "out", "--on", "emulated", "--batch", "0"),
            "; see finn throughput --help",
        ),
        (("build", "m.onnx", "-o", "o", "--toolchain", "ise"), "'ise' is not one of"),
        (("build", "m.onnx", "-o", "o", "--folding", "f", "--target-fps", "1"), "exclude each other"),
        (
            ("run", "out", "--input", "x", "--output", "y", "--on", "model", "--trace", "w.fst"),
            "--trace needs --on rtlsim, not model",
        ),
        (("fly",), "No such command 'fly'"),
    ],
)
def test_wrong_usage_ends_with_two(arguments: tuple[str, ...], message: str) -> None:
    code, out, err = invoke(*arguments)
    assert code == 2
    assert err.startswith("error: ") and err.count("\n") == 1
    assert message in err
    assert out == ""


def test_a_users_error_is_one_line_and_ends_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path) -> None:
        raise FinnError(f"{path}: cannot be\n  used")

    monkeypatch.setattr("finn.build.load_output", fail)
    code, out, err = invoke("throughput", "out", "--on", "emulated")
    assert (code, out, err) == (1, "", "error: out: cannot be used\n")


def test_an_os_error_is_told_with_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("finn.build.load_output", fail)
    assert invoke("throughput", "out", "--on", "emulated") == (1, "", "error: out: Permission denied\n")


def test_an_interrupt_is_one_line_and_ends_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("finn.build.load_output", interrupt)
    monkeypatch.setattr(sys, "argv", ["finn", "throughput", "out", "--on", "emulated"])
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_complaints_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    complain("a\nb   c")
    assert capsys.readouterr().err == "error: a b c\n"


def test_stages_tell_their_time_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with Stages() as stages, stages("outer"), stages("inner"):
        pass
    captured = capsys.readouterr()
    assert captured.out == ""
    assert [line.split()[0] for line in captured.err.splitlines()] == ["inner", "outer"]
    assert captured.err.splitlines()[1].endswith(" 0.0 s")


def test_a_failed_stage_is_not_reported_as_done(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(FinnError), Stages() as stages, stages("broken"):
        raise FinnError("no")
    assert "broken" not in capsys.readouterr().err


def refuse_without(password: str | None) -> str:
    if password is None:
        raise LoginError("the board refuses the login")
    return password


def test_the_password_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINN_BOARD_PASSWORD", "from-environment")
    assert with_password(["ssh://u@h"], refuse_without) == "from-environment"


def test_the_prompt_comes_after_keys_have_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FINN_BOARD_PASSWORD", raising=False)
    monkeypatch.setattr("finn.cli.password.getpass", lambda prompt, stream: f"typed after {prompt!r}")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    assert with_password(["ssh://u@h"], refuse_without) == "typed after 'password for ssh://u@h: '"
    assert with_password(["ssh://u@h"], lambda password: str(password)) == "None"


def test_there_is_no_prompt_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FINN_BOARD_PASSWORD", raising=False)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    with pytest.raises(LoginError):
        with_password(["ssh://u@h"], refuse_without)


def test_the_installed_command_runs() -> None:
    command = Path(sys.executable).parent / "finn"
    done = subprocess.run(
        [command, "info", "no-such.onnx"], capture_output=True, text=True, check=False, env={**os.environ}
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert "no-such.onnx" in done.stderr
