"""The package as people install it: sdist, wheel from the sdist, a fresh environment, another folder."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

import evenhand as ev

pytestmark = pytest.mark.slow
PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check")


@dataclass(frozen=True)
class Installed:
    """An environment in which the built wheel is installed, and a folder far from the checkout."""

    sdist: Path
    wheel: Path
    python: Path
    elsewhere: Path

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Runs the installed command from the other folder."""
        return _run([str(self.python.parent / "evenhand"), *arguments], self.elsewhere, stdin)


def _run(command: Sequence[str], folder: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Runs a command that must see neither the checkout nor the settings of this test run."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "EVENHAND_", "PYTEST_"))}
    kept["EVENHAND_CACHE"] = str(folder / "cache")
    return subprocess.run(command, cwd=folder, env=kept, input=stdin, capture_output=True, text=True, check=False)


def _must(command: Sequence[str], folder: Path) -> None:
    done = _run(command, folder)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def installed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("packaging")
    dist, environment, elsewhere = folder / "dist", folder / "venv", folder / "elsewhere"
    elsewhere.mkdir()
    # without --sdist or --wheel, build makes the wheel from the sdist
    _must([sys.executable, "-m", "build", "--outdir", str(dist), str(root)], elsewhere)
    (sdist,), (wheel,) = dist.glob("*.tar.gz"), dist.glob("*.whl")
    _must([sys.executable, "-m", "venv", str(environment)], elsewhere)
    python = environment / "bin" / "python"
    _must([str(python), *PIP, "install", str(wheel)], elsewhere)
    return Installed(sdist, wheel, python, elsewhere)


def test_the_wheel_holds_the_package_and_the_policy_and_nothing_beside_them(installed: Installed) -> None:
    names = zipfile.ZipFile(installed.wheel).namelist()
    top = {name.partition("/")[0] for name in names}
    assert top == {"evenhand", f"evenhand-{ev.__version__}.dist-info"}
    assert {
        "evenhand/py.typed",
        "evenhand/_shipped/policies.yaml",
        "evenhand/_shipped/rules/guidelines.md",
        "evenhand/_shipped/rules/samples.jsonl",
        "evenhand/_shipped/rules/words.yaml",
    } <= set(names)


def test_the_wheel_holds_every_file_of_the_package_and_the_rules(installed: Installed, root: Path) -> None:
    names = set(zipfile.ZipFile(installed.wheel).namelist())
    code = {f"evenhand/{file.relative_to(root / 'engine/evenhand')}" for file in root.glob("engine/evenhand/**/*.py")}
    rules = {f"evenhand/_shipped/{file.relative_to(root)}" for file in root.glob("rules/**/*.*")}
    assert (code | rules) - names == set()


def test_the_sdist_holds_the_tests_and_nothing_of_the_workshop(installed: Installed) -> None:
    with tarfile.open(installed.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "Makefile", "tests/conftest.py", "benchmarks/bench.py", "rules/guidelines.md"} <= names
    assert not {name for name in names if name.startswith((".venv", "build/", "dist/")) or "__pycache__" in name}


def test_the_command_gives_its_version(installed: Installed) -> None:
    done = installed.run("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert ev.__version__ in done.stdout


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Great work, delivered on time.", 0),
        ("Mail me at jane.roe@gmail.com and you are a fucking idiot", 1),
    ],
)
def test_check_judges_standard_input_from_another_folder(installed: Installed, text: str, code: int) -> None:
    done = installed.run("check", "-", stdin=f"{text}\n")
    assert (done.returncode, done.stderr) == (code, ""), done.stdout


def test_a_missing_policy_is_exit_code_2(installed: Installed) -> None:
    done = installed.run("check", "--policy", "missing.yaml", "-", stdin="Fine.\n")
    assert done.returncode == 2
    assert "missing.yaml" in done.stderr
    assert "Traceback" not in done.stderr


def test_code_finds_the_shipped_policy_and_imports_no_folder_of_the_checkout(installed: Installed) -> None:
    program = (
        "import evenhand, importlib.util as u; "
        "print(len(evenhand.load().compiled.rules) > 0, u.find_spec('rules'), u.find_spec('engine'))"
    )
    done = _run([str(installed.python), "-W", "error", "-c", program], installed.elsewhere)
    assert (done.stdout, done.stderr) == ("True None None\n", "")
