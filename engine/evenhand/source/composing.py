"""From the events of the parser to a tree, refusing what must not be walked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from ..errors import Place
from .complaints import MAX_DEPTH, TOO_DEEP, explain
from .places import Problems, line_at, shown

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # PyYAML may have been built without libyaml


@dataclass(slots=True)
class Node:
    """A value as it is written. `parts` are the items of a list, keys and values of a mapping, or what an alias names.

    `size` counts the values below, those of aliases again each time; `height` the levels.
    """

    kind: str
    place: Place
    text: str = ""
    plain: bool = False
    parts: list[Node] = field(default_factory=list)
    size: int = 1
    height: int = 1


_ITEM = re.compile(r"[\r\n][ \t]*(-)\s")
_HALF = re.compile("[\ud800-\udfff]")


class _Stop(Exception):
    """What follows cannot be read."""


@dataclass(slots=True)
class Composer:
    """Makes a tree of the parser's events; the limits hold before anything is built, so a bomb costs nothing."""

    name: str
    max_values: int
    text: str
    problems: Problems
    root: Node | None = None
    open: list[Node] = field(default_factory=list)
    anchors: dict[str, Node] = field(default_factory=dict)
    unused: dict[str, Place] = field(default_factory=dict)
    values: int = 0
    last: Any = None

    def compose(self) -> bool:
        """Whether the text could be read to its end."""
        try:
            for event in yaml.parse(self.text, Loader=_Loader):
                self.take(event)
        except _Stop:
            return False
        except yaml.MarkedYAMLError as error:
            unclosed = (self.open[-1].kind, self.open[-1].place) if self.open else None
            self.problems.add(*explain(self.name, self.text, self.last, unclosed, error))
            return False
        except (yaml.YAMLError, ValueError, OverflowError):  # PyYAML without libyaml, on escapes of no character
            place = self.at(self.last) if self.last else Place(self.name)
            self.problems.add(place, "the file cannot be read any further", "check quotes and escapes")
            return False
        for anchor, place in self.unused.items():
            self.problems.add(place, f"nothing uses the anchor `&{anchor}`", "put text that starts with `&` in quotes")
        if self.root is None or (self.root.plain and not self.root.text):
            self.problems.add(Place(self.name), "the file is empty", "write the policy in it, or delete it")
            return False
        return True

    def at(self, event: Any) -> Place:
        return Place(self.name, event.start_mark.line + 1, event.start_mark.column + 1)

    def stop(self, place: Place, message: str, hint: str) -> None:
        self.problems.add(place, message, hint)
        raise _Stop

    def take(self, event: Any) -> None:
        self.last = event
        match event:
            case yaml.ScalarEvent():
                self.scalar(event)
            case yaml.MappingStartEvent():
                self.begin(event, "mapping")
            case yaml.SequenceStartEvent():
                self.begin(event, "list")
            case yaml.CollectionEndEvent():
                self.end()
            case yaml.AliasEvent():
                self.alias(event)
            case yaml.DocumentStartEvent():
                self.document(event)

    def scalar(self, event: Any) -> None:
        place, plain = self.at(event), not event.style  # libyaml says "" for plain, PyYAML None
        if plain and event.start_mark.line < event.end_mark.line:
            self.check_lines(event)
        if event.style == '"' and (half := _HALF.search(event.value)):  # libyaml refuses these itself
            self.problems.add(place, f"the character U+{ord(half[0]):04X} cannot stand here", "write whole characters")
        node = Node("text", place, event.value, plain)
        self.add(node)
        self.check_marks(event, node)

    def check_lines(self, event: Any) -> None:
        """Plain text swallows a list below it that is indented too deeply."""
        mark = event.start_mark
        if item := _ITEM.search(self.text, mark.index, event.end_mark.index):
            line, start = line_at(self.text, item.start(1), mark.line + 1, mark.index - mark.column)
            message = f"this `-` starts no item: the text that starts on line {mark.line + 1} goes on here"
            hint = "line it up with the item or below the key that it belongs to, or put the text in quotes"
            self.problems.add(Place(self.name, line, item.start(1) - start + 1), message, hint)

    def document(self, event: Any) -> None:
        place = self.at(event)
        if self.root is not None:
            self.stop(place, "a second document starts here", "keep one document in a file, without `---` inside")
        if event.version or event.tags:
            self.problems.add(place, "directives are not read here", "delete the lines that start with `%`")

    def add(self, node: Node) -> None:
        """Hangs a node into the tree."""
        parent = self.open[-1] if self.open else None
        if parent is not None and parent.kind == "mapping" and len(parent.parts) % 2 == 0:
            self.check_key(node)
        else:
            self.values += node.size
        if parent is None:
            self.root = node
        else:
            parent.parts.append(node)
            parent.height = max(parent.height, node.height + 1)
        if self.values > self.max_values:
            hint = "split the file into several" if node.kind != "alias" else "write the values out instead of `*`"
            self.stop(node.place, f"the file comes to more than {self.max_values:,} values here", hint)

    def check_key(self, node: Node) -> None:
        if node.kind != "text":
            what = {"list": "a list", "mapping": "a mapping", "alias": "an alias"}[node.kind]
            hint = "keys are words; put text that starts with `[`, `{` or `*` in quotes"
            self.problems.add(node.place, f"{what} cannot be a key", hint)

    def check_marks(self, event: Any, node: Node) -> None:
        if event.tag is not None:
            tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            self.problems.add(
                node.place, f"tags such as {shown(tag)} are not read here", "put text that starts with `!` in quotes"
            )
        if event.anchor is not None:
            if event.anchor in self.anchors:
                self.problems.add(node.place, f"the anchor `&{event.anchor}` is there twice", "give each its own name")
            self.anchors[event.anchor] = node
            self.unused[event.anchor] = node.place

    def begin(self, event: Any, kind: str) -> None:
        node = Node(kind, self.at(event))
        if len(self.open) >= MAX_DEPTH:
            self.too_deep(node.place)
        self.add(node)
        self.check_marks(event, node)
        self.open.append(node)
        node.size = self.values  # until its end: how many there were before

    def end(self) -> None:
        node = self.open.pop()
        node.size = self.values - node.size + 1
        if self.open:
            self.open[-1].height = max(self.open[-1].height, node.height + 1)

    def alias(self, event: Any) -> None:
        place, name = self.at(event), event.anchor
        target = self.anchors.get(name)
        self.unused.pop(name, None)
        if target is None:
            hint = f"put text that starts with `*` in quotes, or write `&{name}` where the value stands first"
            self.problems.add(place, f"`*{name}` names nothing", hint)
            self.add(Node("text", place, f"*{name}"))
        elif any(target is node for node in self.open):
            self.stop(place, f"`*{name}` stands inside what it names", "write the values out")
        elif len(self.open) + target.height > MAX_DEPTH:
            self.too_deep(place)
        else:
            self.add(Node("alias", place, name, False, [target], target.size, target.height))

    def too_deep(self, place: Place) -> None:
        self.stop(place, *TOO_DEEP)
