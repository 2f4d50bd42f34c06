"""Words, lexicons and trees are built once while a policy is read, so that each problem is shown at its own place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .building import build_tree
from .errors import OptionError, Place
from .loading import Loading
from .matcher import Surroundings
from .phrases import PhraseError, read_phrase, read_term
from .source import Source
from .words import WordStore


def check_words(loading: Loading, source: Source, surroundings: Surroundings) -> None:
    """Reads every list and macro once, each template at its own place."""
    for name, templates in source.value.get("lists", {}).items():
        for index, template in enumerate(templates):
            check_template(loading, source.place(("lists", name, index)), template, surroundings)
    for name, template in source.value.get("macros", {}).items():
        check_template(loading, source.place(("macros", name)), template, surroundings)


def check_template(loading: Loading, place: Place, template: str, surroundings: Surroundings) -> None:
    try:
        read_phrase(template, surroundings.lists, surroundings.macros)
    except PhraseError as error:
        loading.problem(place, error.message, error.hint)


def check_lexicon(loading: Loading, source: Source, store: WordStore) -> None:
    surroundings = store.surroundings("")
    for number, group in enumerate(source.value["groups"]):
        if "terms" not in group and "source" not in group:
            loading.problem(source.place(("groups", number)), "this group holds no terms", "add `terms:` or `source:`")
        for index, word in enumerate(group.get("terms", ())):
            try:
                read_term(word)
            except PhraseError as error:
                loading.problem(source.place(("groups", number, "terms", index)), error.message, error.hint)
        for index, template in enumerate(group.get("allowed", ())):
            check_template(loading, source.place(("groups", number, "allowed", index)), template, surroundings)


def check_finds(loading: Loading, pack: Source, path: Sequence[Any], raw: Any, surroundings: Surroundings) -> None:
    """Builds what a rule finds and what excuses it."""
    scanned = loading.together and raw.get("status") != "draft"
    check_tree(loading, pack, (*path, "find"), raw["find"], surroundings, scanned=scanned)
    for number, excuse in enumerate(raw.get("unless", ())):
        if set(excuse) == {"where"} or (len(excuse) == 2 and "where" not in excuse):
            place = pack.place((*path, "unless", number))
            loading.problem(place, "an excuse needs one thing to find beside `where`")
            continue
        check_tree(loading, pack, (*path, "unless", number), excuse, surroundings)
    _check_title(loading, pack, path, raw, surroundings)


def _check_title(loading: Loading, pack: Source, path: Sequence[Any], raw: Any, surroundings: Surroundings) -> None:
    if title := raw.get("when", {}).get("contract", {}).get("title"):
        check_template(loading, pack.place((*path, "when", "contract", "title")), title, surroundings)


def check_tree(
    loading: Loading,
    source: Source,
    path: Sequence[str | int],
    raw: Mapping[str, Any],
    surroundings: Surroundings,
    *,
    scanned: bool = False,
) -> None:
    """Builds the tree; where a branch fails, its siblings are tried too, so that each shows its own problem.

    `scanned` says that scans look for what the tree finds: for any leaf that can match by itself, while of leaves that
    must stand together one is enough.
    """
    alone, beside = replace(surroundings, together=scanned), surroundings
    for inner, node in _leaves(raw, ()):
        around = alone if {"any"}.issuperset(each for each in inner if isinstance(each, str)) else beside
        templates = node.get("phrase")
        if isinstance(templates, list):  # each template shows its own problem too
            for index, template in enumerate(templates):
                _check_leaf(loading, source.place((*path, *inner, "phrase", index)), {"phrase": template}, around)
            continue
        try:
            build_tree(node, around)
        except OptionError as error:
            loading.problem(source.place((*path, *inner, *error.path)), error.message, error.hint)


def _check_leaf(loading: Loading, place: Place, node: Mapping[str, Any], surroundings: Surroundings) -> None:
    try:
        build_tree(node, surroundings)
    except OptionError as error:
        loading.problem(place, error.message, error.hint)


def _leaves(
    raw: Mapping[str, Any], path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    name = next((key for key in raw if key != "where"), None)
    if name in ("any", "all", "near"):
        nodes = raw[name]["all"] if name == "near" else raw[name]
        inner = (name, "all") if name == "near" else (name,)
        for index, node in enumerate(nodes):
            yield from _leaves(node, (*path, *inner, index))
        if name != "any" and all("not" in node for node in nodes):
            yield path, raw
    elif name in ("not", "count"):
        node = raw[name]["of"] if name == "count" else raw[name]
        yield from _leaves(node, (*path, name, *(("of",) if name == "count" else ())))
    elif name is not None:
        yield path, raw
