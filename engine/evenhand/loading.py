"""What is gathered while the files of one policy are read."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable

from .errors import Place, Problem
from .files import beside
from .source import Source, read_file
from .structure import structure_problems


@dataclass
class Loading:
    """What is gathered while the files of one policy are read."""

    root: Traversable
    prefix: str = ""  # of the names in messages: the policy's folder as the caller wrote it
    trusted: Container[str] = ()
    together: bool = False  # whether the patterns that are scanned for are about to be compiled together
    problems: list[Problem] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)

    def read(self, name: str, file: Traversable, shape: str) -> Source | None:
        source, problems = read_file(file, self.prefix + name)
        self.problems += problems
        if source is None:
            return None
        self.sources[name] = source
        found = structure_problems(source, shape)
        self.problems += found
        return None if found or problems else source

    def named(self, owner: Source, key: str) -> list[tuple[str, Traversable]]:
        """The files that a list of paths in the policy file names; a path that names nothing is a problem."""
        found = []
        for index, pattern in enumerate(owner.value.get(key, ())):
            place = owner.place((key, index))
            if pattern.startswith("/") or ".." in pattern.split("/"):
                self.problem(place, f"`{pattern}` leads out of the policy's folder", "use a path below it")
                continue
            files = [(name, file) for name, file in beside(self.root, pattern) if file.is_file()]
            if not files:
                self.problem(place, f"no file `{pattern}`", "check the spelling; paths start at the policy's folder")
            found += [entry for entry in files if entry not in found]
        return found

    def problem(self, place: Place, message: str, hint: str = "") -> None:
        self.problems.append(Problem(place, message, hint))
