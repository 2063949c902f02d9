"""The emulated board's SSH server with OpenSSH's own programs and with asyncssh."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest

from finn.emulator import EmulatedBoard
from finn.remote.background import wait

pytestmark = pytest.mark.skipif(
    shutil.which("ssh") is None, reason="needs OpenSSH's client, which is not on PATH"
)


@pytest.fixture(scope="module")
def board() -> Iterator[EmulatedBoard]:
    with EmulatedBoard(password="secret word") as running:
        yield running


def openssh(
    program: str, board: EmulatedBoard, *arguments: str, text: str = ""
) -> subprocess.CompletedProcess[str]:
    port = "-p" if program == "ssh" else "-P"
    options = [
        "StrictHostKeyChecking=no",
        "UserKnownHostsFile=/dev/null",
        "LogLevel=ERROR",
        "IdentitiesOnly=yes",
    ]
    flags = [word for option in options for word in ("-o", option)]
    command = [program, "-F", "none", *flags, "-i", str(board.key), port, str(board.port), *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)


def test_ssh_runs_commands_in_the_home_folder(board: EmulatedBoard) -> None:
    done = openssh("ssh", board, "xilinx@127.0.0.1", "echo $USER; pwd; id -u; exit 3")
    assert done.returncode == 3
    assert done.stdout.split() == ["xilinx", str(board.directory), "1000"]


def test_a_login_shell_finds_the_boards_python_and_pynq(board: EmulatedBoard) -> None:
    code = "import pynq; print(pynq.__version__, pynq.Device.active_device.name, pynq.Clocks.fclk0_mhz)"
    done = openssh("ssh", board, "xilinx@127.0.0.1", f"bash -lc 'python3 -W ignore -c \"{code}\"'")
    assert done.stdout.split() == ["3.1.2", "Pynq-Z1", "100.0"], done.stderr


def test_an_interactive_shell_has_a_terminal(board: EmulatedBoard) -> None:
    done = openssh("ssh", board, "-tt", "xilinx@127.0.0.1", text="tty; exit 5\n")
    assert done.returncode == 5
    assert "/dev/" in done.stdout


@pytest.mark.parametrize("flags", [(), ("-O",)])
def test_scp_copies_both_ways(board: EmulatedBoard, tmp_path: Path, flags: tuple[str, ...]) -> None:
    source = tmp_path / "a file"
    source.write_bytes(bytes(range(256)) * 4000)
    there = openssh("scp", board, *flags, str(source), "xilinx@127.0.0.1:copy.bin")
    assert there.returncode == 0, there.stderr
    back = openssh("scp", board, *flags, "xilinx@127.0.0.1:copy.bin", str(tmp_path / "back"))
    assert back.returncode == 0, back.stderr
    assert (tmp_path / "back").read_bytes() == source.read_bytes()


def test_sftp_shows_the_home_folder_and_nothing_else(board: EmulatedBoard) -> None:
    done = openssh(
        "sftp", board, "-b", "-", "xilinx@127.0.0.1", text="pwd\nls /\nls /home\n-ls /etc\n-ls ../../..\n"
    )
    assert done.returncode == 0, done.stderr
    assert "Remote working directory: /home/xilinx" in done.stdout
    assert "/etc" in done.stderr
    assert "passwd" not in done.stdout


@pytest.mark.parametrize(
    ("command", "text", "code", "expected"),
    [
        ("sudo -S -p '' id -u", "secret word\n", 0, "0\n"),
        ("sudo -S -p ask: cat", "secret word\nthe rest\n", 0, "the rest\n"),
        ("sudo -S id -u", "wrong\nwrong\nwrong\n", 1, ""),
        ("sudo -n id -u", "", 1, ""),
        ("sudo -S -p '' FOO=bar bash -lc 'echo $FOO $HOME'", "secret word\n", 0, None),
    ],
)
def test_sudo_checks_the_password(
    board: EmulatedBoard, command: str, text: str, code: int, expected: str
) -> None:
    done = openssh("ssh", board, "xilinx@127.0.0.1", command, text=text)
    assert done.returncode == code, done.stderr
    assert done.stdout == (f"bar {board.directory}\n" if expected is None else expected)


def test_sudo_asks_with_the_prompt_that_it_is_given(board: EmulatedBoard) -> None:
    done = openssh("ssh", board, "xilinx@127.0.0.1", "sudo -S -p 'which? ' true", text="wrong\n")
    assert done.stderr.startswith("which? Sorry, try again.\nwhich? ")
    assert "wrong" not in done.stderr


async def _login(board: EmulatedBoard, username: str, password: str) -> None:
    async with asyncssh.connect(
        board.host,
        board.port,
        username=username,
        password=password,
        known_hosts=None,
        client_keys=[],
        config=[],
    ):
        pass


def test_login_by_password(board: EmulatedBoard) -> None:
    wait(_login(board, "xilinx", "secret word"))
    for username, password in (("xilinx", "secret"), ("root", "secret word"), ("xilinx", "")):
        with pytest.raises(asyncssh.PermissionDenied):
            wait(_login(board, username, password))


def test_an_unknown_key_is_refused(board: EmulatedBoard, tmp_path: Path) -> None:
    stranger = tmp_path / "key"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(stranger)
    stranger.chmod(0o600)
    done = openssh("ssh", board, "-o", "BatchMode=yes", "xilinx@127.0.0.1", "true")
    assert done.returncode == 0
    command = ["ssh", "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    command += ["-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-i", str(stranger), "-p", str(board.port)]
    done = subprocess.run(
        [*command, "xilinx@127.0.0.1", "true"], capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 255


def test_the_board_listens_on_loopback_only(board: EmulatedBoard) -> None:
    listening = Path("/proc/net/tcp")
    if not listening.exists():
        pytest.skip("needs /proc/net/tcp to see who listens where")
    rows = [line.split()[1] for line in listening.read_text().splitlines()[1:]]
    assert next(row for row in rows if row.endswith(f":{board.port:04X}")).startswith("0100007F")


def test_the_password_is_in_no_file_process_list_or_environment(board: EmulatedBoard) -> None:
    root = board.directory.parents[2]
    kept = b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())
    assert b"secret word" not in kept
    processes = subprocess.run(["ps", "axeww"], capture_output=True, text=True, check=True).stdout
    assert "secret word" not in processes
