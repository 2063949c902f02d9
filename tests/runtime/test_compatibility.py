"""The runtime keeps to Python 3.6 and NumPy 1.13, by tool and under the real ones where they can be had."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from finn import runtime
from finn.toolchain.cache import cached_directory

SOURCE = Path(runtime.__file__).parent
# All public names of NumPy 1.13.3's main namespace and of `numpy.random`, one a line.
NAMES = frozenset(Path(__file__).with_name("numpy_1_13.txt").read_text().split())
# Parameters that functions of 1.13 got later; the runtime asks for NumPy's version before it uses one.
LATER_PARAMETERS = {
    "packbits": {"bitorder"},
    "unpackbits": {"bitorder", "count"},
    "stack": {"dtype", "casting"},
    "concatenate": {"out", "dtype", "casting"},
    "load": {"max_header_size"},
    "clip": {"dtype", "where", "casting"},
    "full": {"like"},
    "empty": {"like"},
    "zeros": {"like"},
    "array": {"like"},
    "asarray": {"like", "device", "copy"},
    "unique": {"equal_nan", "sorted"},
    "count_nonzero": {"keepdims"},
    "max": {"initial", "where"},
    "min": {"initial", "where"},
    "sum": {"initial", "where"},
    "prod": {"initial", "where"},
    "any": {"where"},
    "all": {"where"},
    "argmax": {"keepdims"},
}
GUARDED = {("bits.py", "packbits", "bitorder"), ("bits.py", "unpackbits", "bitorder")}
REQUIREMENT = "numpy==1.13.3"


def later(path: Path) -> Iterator[str]:
    """What a module uses of NumPy that came after 1.13."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute):
            name = {"np": "", "np.random": "random."}.get(ast.unparse(node.value))
            if name is not None and name + node.attr not in NAMES:
                yield name + node.attr
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            function = node.func.attr
            for keyword in node.keywords:
                use = (path.name, function, keyword.arg)
                if keyword.arg in LATER_PARAMETERS.get(function, ()) and use not in GUARDED:
                    yield f"{function}({keyword.arg}=)"


@pytest.mark.parametrize("path", sorted(SOURCE.glob("*.py")), ids=lambda path: path.name)
def test_numpy_1_13_has_what_is_used(path: Path) -> None:
    assert not list(later(path))


def test_what_came_later_is_noticed(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        "np.take_along_axis(a, b, 1); np.random.default_rng(); np.packbits(a, bitorder='little')\n"
        "a.max(initial=0); np.bitwise_or.reduce(a)\n"
    )
    assert sorted(later(module)) == [
        "max(initial=)",
        "packbits(bitorder=)",
        "random.default_rng",
        "take_along_axis",
    ]


def vermin(*paths: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("vermin")), "--target=3.6-", "--violations", "--no-tips"]
    return subprocess.run([*command, *map(str, paths)], capture_output=True, text=True, check=False)


def test_python_3_6_has_what_is_used(tmp_path: Path) -> None:
    done = vermin(SOURCE)
    assert done.returncode == 0, done.stdout + done.stderr
    module = tmp_path / "module.py"
    module.write_text("from __future__ import annotations\nif (n := 3): print(f'{n=}')\n")
    assert vermin(module).returncode == 1


def python_3_6() -> str | None:
    """A Python 3.6 that runs."""
    roots = (Path.home() / ".pyenv" / "versions", Path("/opt/pyenv/versions"))
    found = [shutil.which("python3.6"), *(str(p) for r in roots for p in r.glob("3.6.*/bin/python3.6"))]
    for python in filter(None, found):
        done = subprocess.run([python, "-c", "import venv, ensurepip"], capture_output=True, check=False)
        if done.returncode == 0:
            return python
    return None


@pytest.fixture(scope="module")
def old_python() -> Path:
    """Python 3.6 with NumPy 1.13.3, made once."""
    base = python_3_6()
    if base is None:
        pytest.skip("needs a Python 3.6, and there is none on PATH")

    def make(directory: Path) -> None:
        subprocess.run([base, "-m", "venv", str(directory)], check=True, timeout=300)
        install = [str(directory / "bin" / "python"), "-m", "pip", "install", "--quiet", REQUIREMENT]
        subprocess.run(install, check=True, timeout=600, capture_output=True)

    return cached_directory("python36", "numpy-1-13-3", make) / "bin" / "python"


def test_the_runtime_works_under_the_real_ones(old_python: Path, tmp_path: Path) -> None:
    shutil.copytree(SOURCE, tmp_path / "runtime", ignore=shutil.ignore_patterns("__pycache__"))
    script = Path(__file__).with_name("under_python_3_6.py")
    done = subprocess.run(
        [str(old_python), "-W", "error", str(script), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    modules = len(list(SOURCE.glob("*.py")))
    assert done.stdout == f"Python 3.6, NumPy 1.13.3: 67 datatypes, 7 batches, {modules} modules\n"
