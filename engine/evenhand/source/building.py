"""From the tree to plain values, each with its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from ..errors import Place
from .composing import Node
from .places import Problems, shown
from .scalars import in_quotes, surprise, typed

Keys = tuple[str | int, ...]


@dataclass(slots=True)
class Builder:
    """Makes plain values of a tree and notes their places.

    A tree that was cut short is walked for its problems only; not through aliases, which may be a bomb.
    """

    problems: Problems
    whole: bool
    places: dict[Keys, Place] = field(default_factory=dict)
    key_places: dict[Keys, Place] = field(default_factory=dict)

    def value(self, node: Node, path: Keys) -> Any:
        self.places.setdefault(path, node.place)
        match node.kind:
            case "list":
                return [self.value(part, (*path, index)) for index, part in enumerate(node.parts)]
            case "mapping":
                return self.mapping(node, path)
            case "alias":
                return self.value(node.parts[0], path) if self.whole else None
        return self.scalar(node)

    def mapping(self, node: Node, path: Keys) -> dict[str, Any]:
        found: dict[str, Any] = {}
        first: dict[str, Place] = {}
        for key, part in zip_longest(node.parts[::2], node.parts[1::2]):
            if key.kind != "text":
                continue
            self.key(key)
            inner = (*path, key.text)
            self.key_places.setdefault(inner, key.place)
            value = self.value(part, inner) if part else None
            if key.text in first:
                hint = f"the first stands on line {first[key.text].line}; keep one of them"
                self.problems.add(key.place, f"the key {shown(key.text)} stands here a second time", hint)
            else:
                found[key.text], first[key.text] = value, key.place
        return found

    def key(self, node: Node) -> None:
        if not node.plain:
            return
        if node.text == "<<":
            self.problems.add(node.place, "merge keys (`<<`) are not read here", "write the entries out")
        elif not node.text:
            self.problems.add(node.place, "a key is missing before the colon", "write `key: value`")
        elif not isinstance(typed(node.text), str):
            self.problems.add(node.place, f"the key `{node.text}` is not text", in_quotes(node.text))
        elif found := surprise(node.text):
            self.problems.add(node.place, found[0], in_quotes(node.text))

    def scalar(self, node: Node) -> Any:
        if not node.plain:
            return node.text
        value = typed(node.text)
        if isinstance(value, str) and (found := surprise(value)):
            self.problems.add(node.place, *found)
        return value
