"""Where the files of a policy are: beside the policy file, or shipped with the package."""

from __future__ import annotations

from fnmatch import fnmatch
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def shipped(name: str) -> Traversable:
    """A file or folder shipped with evenhand: from the installed package, else from the checkout."""
    inside = files("evenhand") / "_shipped" / name
    if inside.is_file() or inside.is_dir():
        return inside
    return Path(__file__).resolve().parents[2] / name


def beside(root: Traversable, pattern: str) -> list[tuple[str, Traversable]]:
    """The files under `root` that a relative path names, with their relative names; `*` works in the last part."""
    *folders, last = pattern.split("/")
    folder = root
    for part in folders:
        folder = folder / part
    if "*" not in last:
        return [(pattern, folder / last)]
    if not folder.is_dir():
        return []
    names = sorted(entry.name for entry in folder.iterdir() if fnmatch(entry.name, last))
    return [("/".join([*folders, name]), folder / name) for name in names]
