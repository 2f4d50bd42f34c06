"""From what a rule says to the tree that finds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .errors import OptionError
from .kinds import KINDS
from .matcher import Surroundings
from .phrases import PhraseError
from .tree import AllOf, AnyOf, Count, Leaf, Near, Not, Tree, read_distance
from .words import as_json


def build_tree(raw: Mapping[str, Any], surroundings: Surroundings) -> Tree:
    """Builds the tree that a `find` means; raises `OptionError` with the path of what cannot be used."""
    name = next(key for key in raw if key != "where")
    options = raw[name]
    try:
        return _build_node(name, options, surroundings)
    except OptionError as error:
        error.path = (name, *error.path)
        raise
    except PhraseError as error:
        raise OptionError(error.message, error.hint, (name,)) from None


def _build_node(name: str, options: Any, surroundings: Surroundings) -> Tree:
    match name:
        case "any":
            return AnyOf(_build_all(options, surroundings))
        case "all":
            parts = _build_all(options, surroundings)
            if all(isinstance(part, Not) for part in parts):
                raise OptionError("`all` holds only `not`", "say what must be found")
            return AllOf(parts)
        case "not":
            return Not(build_tree(options, surroundings))
        case "near":
            return Near(
                read_distance(options["within"]), _build_near(options, surroundings), bool(options.get("ordered"))
            )
        case "count":
            try:
                return Count(options["at_least"], build_tree(options["of"], surroundings))
            except OptionError as error:
                error.path = ("of", *error.path)
                raise
        case _:
            key = f"{name} {as_json(options)}"
            if key not in surroundings.built:
                surroundings.built[key] = KINDS[name].build(options, surroundings)
            return Leaf(surroundings.built[key])


def _build_all(nodes: Sequence[Mapping[str, Any]], surroundings: Surroundings) -> tuple[Tree, ...]:
    trees: list[Tree] = []
    for index, node in enumerate(nodes):
        try:
            trees.append(build_tree(node, surroundings))
        except OptionError as error:
            error.path = (index, *error.path)
            raise
    return tuple(trees)


def _build_near(options: Mapping[str, Any], surroundings: Surroundings) -> tuple[Tree, ...]:
    try:
        parts = _build_all(options["all"], surroundings)
    except OptionError as error:
        error.path = ("all", *error.path)
        raise
    if all(isinstance(part, Not) for part in parts):
        raise OptionError("`near` holds only `not`", "say what must be found")
    return parts
