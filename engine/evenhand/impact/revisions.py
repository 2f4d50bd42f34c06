"""Policies by name: a file, a folder, or what a git revision holds."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import InputError, Place


class Revision:
    """A policy on disk. `place` says where something stands in the words of the person who named it."""

    def __init__(self, name: str, path: Path, unpacked: Path | None = None, prefix: str = "") -> None:
        self.name = name
        self.path = path
        self._unpacked = unpacked
        self._prefix = prefix

    def place(self, place: Place) -> Place:
        """The place as it is shown: `HEAD~1:rules/packs/contact.yaml:12:5` for what a revision holds."""
        if self._unpacked is None or not Path(place.file).is_relative_to(self._unpacked):
            return place
        return Place(f"{self.name}:{Path(place.file).relative_to(self._unpacked)}", place.line, place.column)


@contextmanager
def opened(name: str, policy: str) -> Iterator[Revision]:
    """The policy that a name means: a path, or a git revision in which `policy` is the path of the policy file.

    Raises `InputError` when it is neither.
    """
    path = Path(name)
    if path.exists():
        yield Revision(name, path / "policies.yaml" if path.is_dir() else path)
        return
    revision, _, inner = name.partition(":")
    top, commit = _commit(revision, name)
    wanted = inner or _relative(Path(policy), top)
    with TemporaryDirectory(prefix="evenhand-") as folder:
        unpacked = Path(folder).resolve()
        _unpack(top, commit, unpacked)
        if not (unpacked / wanted).is_file():
            raise InputError(f"revision `{revision}` holds no `{wanted}`; name it, such as `{revision}:policies.yaml`")
        yield Revision(revision, unpacked / wanted, unpacked)


def _git(*arguments: str, folder: Path | None = None) -> bytes:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True).stdout


def _commit(revision: str, name: str) -> tuple[Path, str]:
    """The top folder of the checkout that we are in, and the commit that a revision means."""
    try:
        top = _git("rev-parse", "--show-toplevel").decode().strip()
        commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    except (OSError, subprocess.CalledProcessError):
        raise InputError(f"`{name}` is no file, no folder and no git revision here; check the spelling") from None
    return Path(top), commit


def _relative(policy: Path, top: Path) -> str:
    try:
        return str(policy.resolve().relative_to(top.resolve()))
    except ValueError:
        return "policies.yaml"


def _unpack(top: Path, commit: str, folder: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(_git("archive", "--format=tar", commit, folder=top))) as archive:
        archive.extractall(folder, filter="data")
