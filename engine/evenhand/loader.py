"""Files to a parsed policy: what the YAML says, every value with its place, all problems at once."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from .errors import OptionError, Place, PolicyError, Problem, nearest
from .files import beside, shipped
from .kinds import KINDS
from .matcher import Surroundings
from .model import Category, Contract, Feedback, Outcome, Party
from .phrases import PhraseError, read_phrase, read_term
from .schema import schema_of
from .shorthand import SHORTEST_GARBLED, folded
from .source import Source, read_file
from .text import split_words
from .thresholds import contradictions
from .tree import AllOf, AnyOf, Count, Leaf, Near, Not, Tree, read_distance
from .words import WordStore, as_json

DEFAULT_TEXT_LIMIT = 10_000
FALLBACK_LOCALE = "en"


@dataclass(frozen=True, slots=True)
class Sample:
    """A test of a rule: feedback, and the spans that must be marked in it (None: any span will do)."""

    feedback: Feedback
    spans: tuple[tuple[int, int], ...] | None
    place: Place


@dataclass(frozen=True, slots=True)
class Review:
    """When a rule was last read against its clause, by whom, and the stamp of the clause's text then."""

    day: date
    by: str
    clause: str


@dataclass(frozen=True, slots=True)
class ParsedRule:
    """A rule as its file says it."""

    id: str
    pack: str
    category: Category
    clause: str
    status: str
    find: Mapping[str, Any]
    unless: Sequence[Mapping[str, Any]]
    when: Mapping[str, Any]
    message: Mapping[str, str]
    hits: tuple[Sample, ...]
    misses: tuple[Sample, ...]
    place: Place
    about: str = ""
    reviewed: Review | None = None
    begins: date | None = None
    ends: date | None = None
    rollout: float = 100
    ground: str = ""  # why it may read a fact that content rules must not


_SOON = 30  # days


@dataclass(frozen=True, slots=True)
class ParsedException:
    """An exception as its file says it: who answers for it, until when, and what it excuses."""

    id: str
    owner: str
    reason: str
    expires: date
    rules: tuple[str, ...]
    find: Mapping[str, Any]
    test: Sample
    place: Place
    scope: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def days_left(self, on: date) -> int:
        """How many days it still holds after a day; below 0 it has expired."""
        return (self.expires - on).days

    def ends_soon(self, on: date) -> bool:
        """Whether it still holds, and for so few days that its owner should be asked."""
        return 0 <= self.days_left(on) <= _SOON


@dataclass(frozen=True, slots=True)
class ParsedExcuse:
    """Remarks of a check of lint that may stand: which check, about what, who says so and why."""

    lint: str
    rule: str
    owner: str
    reason: str
    place: Place


@dataclass(frozen=True)
class ParsedPolicy:
    """A policy as its files say it. `words` holds plain lists, macros and lexicons by pack ("" for the shared ones)."""

    name: str
    rules: tuple[ParsedRule, ...]
    exceptions: tuple[ParsedException, ...]
    outcomes: Mapping[str, Outcome]
    clauses: Mapping[str, str]
    words: WordStore
    regions: tuple[str, ...]
    gate: Mapping[str, Any]
    audit: Mapping[str, Any]
    text_limit: int
    packs: tuple[str, ...]
    protected: tuple[tuple[str, Traversable], ...] = ()
    specimens: Mapping[str, tuple[str, Traversable]] = field(default_factory=dict)  # by pack; there may be no such file
    ledger: str | None = None
    promotion: Mapping[str, int] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict, repr=False)
    excuses: tuple[ParsedExcuse, ...] = ()


# --- problems -------------------------------------------------------------------------------------------------------


def _explain(error: ValidationError) -> Iterator[tuple[tuple[str | int, ...], bool, str, str]]:
    """(path, whether its key is meant, message, hint) for each thing a schema error says."""
    path = tuple(error.absolute_path)
    value: Any = error.instance
    wanted: Any = error.validator_value
    schema: Any = error.schema
    match error.validator:
        case "additionalProperties" if wanted is False:
            known = schema.get("properties", {})
            for key in sorted(set(value) - set(known)):
                yield (*path, key), True, f"unknown key `{key}`", nearest(key, known)
        case "required":
            missing = error.message.split("'")[1]
            yield path, False, f"`{missing}` is missing", f"add `{missing}:`"
        case "type":
            kinds = " or ".join([wanted] if isinstance(wanted, str) else wanted)
            yield path, False, f"{_named(path)} is {_type(value)}, not {_type_names(kinds)}", _quote_hint(value, kinds)
        case "enum":
            yield path, False, f"{_named(path)} is `{value}`", nearest(str(value), map(str, wanted))
        case "pattern":
            yield path, False, f"{_named(path)} is `{value}`, which has the wrong form", _form_hint(str(wanted))
        case "maxProperties":
            keys = ", ".join(f"`{key}`" for key in value)
            yield (
                path,
                False,
                f"several things to find in one place: {keys}",
                "put them in a list under `any:` or `all:`",
            )
        case "minItems" | "minLength" | "minProperties":
            yield path, False, f"{_named(path)} is empty", "fill it in, or take it out"
        case _:
            yield path, False, f"{_named(path)}: {error.message[:1].lower()}{error.message[1:200].rstrip('.')}", ""


def _named(path: Sequence[str | int]) -> str:
    name = next((str(part) for part in reversed(path) if isinstance(part, str)), "the file")
    return f"`{name}`" if name != "the file" else name


_TYPES = {dict: "a mapping", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}


def _type(value: object) -> str:
    return _TYPES.get(type(value), "empty")


def _type_names(kinds: str) -> str:
    names = {
        "object": "a mapping",
        "array": "a list",
        "string": "text",
        "integer": "a whole number",
        "number": "a number",
    }
    return " or ".join(names.get(kind, kind) for kind in kinds.split(" or "))


def _quote_hint(value: object, kinds: str) -> str:
    if "string" in kinds and isinstance(value, bool | int | float):
        return f'write "{value}" in quotes'
    return "indent what belongs to it" if value is None else ""


def _form_hint(pattern: str) -> str:
    if "words?" in pattern:
        return "write `6 words`, `40 characters`, `sentence` or `2 sentences`"
    if r"\d{4}-" in pattern:
        return "write a date such as `2027-01-31`"
    if "0-9a-f]{8}" in pattern:
        return "write the eight digits from 0 to f that `evenhand explain` shows for the rule"
    if "A-Z]{2}" in pattern:
        return "write a country code of two capitals, such as `US`"
    return "use lower-case letters, digits, dots and hyphens"


@cache
def _validator(shape: str) -> Draft202012Validator:
    return Draft202012Validator(schema_of(shape))


def structure_problems(source: Source, shape: str) -> list[Problem]:
    """What the schema of the language has against a file, each at its place."""
    problems = []
    for error in _validator(shape).iter_errors(source.value):
        for path, of_key, message, hint in _explain(error):
            place = source.key_place(path) if of_key else source.place(path)
            problems.append(Problem(place, message, hint))
    return problems


# --- trees ----------------------------------------------------------------------------------------------------------


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


# --- samples --------------------------------------------------------------------------------------------------------

_MARK = re.compile(r"\[\[|\]\]")


def unmark(marked: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Takes the `[[marks]]` out of a test text: the text, and the spans they stood round; raises `ValueError`."""
    parts: list[str] = []
    spans: list[tuple[int, int]] = []
    length = last = 0
    opened: int | None = None
    for mark in _MARK.finditer(marked):
        parts.append(marked[last : mark.start()])
        length += mark.start() - last
        last = mark.end()
        if (mark[0] == "[[") != (opened is None):
            raise ValueError("`[[` and `]]` do not pair up")
        if opened is None:
            opened = length
        else:
            spans.append((opened, length))
            opened = None
    if opened is not None:
        raise ValueError("`[[` is not closed")
    return "".join([*parts, marked[last:]]), tuple(spans)


def read_sample(raw: str | Mapping[str, Any], place: Place, *, marks: bool) -> Sample:
    """Reads a test text or a mapping with further facts; raises `ValueError` for marks that do not pair up."""
    facts: dict[str, Any] = {"text": raw} if isinstance(raw, str) else dict(raw)
    text, spans = unmark(facts["text"]) if marks else (facts["text"], ())
    party = facts.get("counterparty")
    feedback = Feedback(
        text=text,
        author=facts.get("author"),
        rating=facts.get("rating"),
        locale=facts.get("locale", FALLBACK_LOCALE),
        contract=Contract(title=facts["title"]) if facts.get("title") else None,
        counterparty=Party(**party) if party else None,
        known=tuple(facts.get("known", ())),
    )
    return Sample(feedback, spans or None, place)


# --- loading --------------------------------------------------------------------------------------------------------


@dataclass
class _Loading:
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


_HEADING = re.compile(r"^#{2,6}\s+(.*?)\s*(?:\{#([a-z0-9-]+)\})?\s*$", re.M)


def read_clauses(text: str) -> dict[str, str]:
    """The clauses of the human policy by name: each heading of level 2 or below names one (`## Private contact`)."""
    clauses = {}
    headings = list(_HEADING.finditer(text))
    for at, heading in enumerate(headings):
        name = heading[2] or re.sub(r"[^a-z0-9]+", "-", heading[1].lower()).strip("-")
        end = headings[at + 1].start() if at + 1 < len(headings) else len(text)
        body = text[heading.end() : end].strip()
        clauses[name] = f"{heading[1]}: {body}"
    return clauses


def locate(path: str | Path | None) -> tuple[Traversable, str, Traversable]:
    """The policy file, its name in messages, and its folder; None means the shipped policy."""
    if path is None:
        file = shipped("policies.yaml")
        return file, "policies.yaml", file.parent if isinstance(file, Path) else shipped("")
    file = Path(path)
    if file.is_dir():
        file = file / "policies.yaml"
    return file, str(file), file.parent


def parse(path: str | Path | None = None, *, trusted: Container[str] = (), together: bool = False) -> ParsedPolicy:
    """Reads a policy and all it includes; raises `PolicyError` with every problem found.

    `trusted` are forms (see `form_of`) of rules that were loaded before: what they find need not be built to be checked.
    `together` says that what is scanned for is compiled next: a pattern that certainly is needs no check of its own.
    """
    file, name, root = locate(path)
    prefix, name = (f"{Path(name).parent}/", Path(name).name) if path is not None else ("", name)
    loading = _Loading(root, "" if prefix == "./" else prefix, trusted, together)
    source = loading.read(name, file, "policy")
    if source is None and name not in loading.sources:
        raise PolicyError(loading.problems)
    if source is None:
        # the packs are read all the same, so that their problems show in the same go
        source = loading.sources[name]
        if not isinstance(source.value, dict):
            raise PolicyError(loading.problems)
        _read_parts(loading, _tolerant(source))
        raise PolicyError(loading.problems)
    policy = _read_parts(loading, source)
    if loading.problems or policy is None:
        raise PolicyError(loading.problems)
    return policy


def _tolerant(source: Source) -> Source:
    """The same file with what is unusable left out, to look for further problems."""
    paths = {
        key: [item for item in value if isinstance(item, str)]
        for key in ("packs", "words", "lexicons", "shorthand")
        if isinstance(value := source.value.get(key), list)
    }
    guidelines = source.value.get("guidelines")
    value = {"policy": "", "packs": [], "outcomes": {}, **paths}
    if isinstance(guidelines, str):
        value["guidelines"] = guidelines
    return Source(source.name, source.text, value, source.places, source.key_places)


def _read_parts(loading: _Loading, source: Source) -> ParsedPolicy | None:
    value = source.value
    clauses = _clauses(loading, source)
    words = [s for name, file in loading.named(source, "words") if (s := loading.read(name, file, "words"))]
    lexicons = [s for name, file in loading.named(source, "lexicons") if (s := loading.read(name, file, "lexicon"))]
    short = [s for name, file in loading.named(source, "shorthand") if (s := loading.read(name, file, "shorthand"))]
    packs = [s for name, file in loading.named(source, "packs") if (s := loading.read(name, file, "pack"))]
    regions = tuple(value.get("regions", ("US", "GB")))
    store = _word_store(loading, words, lexicons, packs, regions, _shorthand(loading, short))
    rules = [rule for pack in packs for rule in _rules(loading, pack, source, clauses, store)]
    exceptions = list(_exceptions(loading, source, store, {rule.id for rule in rules}))
    _check_ids(loading, rules)
    _check_thresholds(loading, source)
    if loading.problems:
        return None
    return ParsedPolicy(
        name=value["policy"],
        rules=tuple(rules),
        exceptions=tuple(exceptions),
        outcomes={key: Outcome(outcome) for key, outcome in value["outcomes"].items()},
        clauses=clauses or {},
        words=store,
        regions=regions,
        gate=value.get("gate", {}),
        audit=value.get("audit", {}),
        text_limit=value.get("limits", {}).get("characters", DEFAULT_TEXT_LIMIT),
        packs=tuple(pack.value["pack"] for pack in packs),
        protected=tuple(loading.named(source, "protected")),
        specimens=_specimens(loading, value.get("specimens"), packs),
        ledger=value.get("ledger"),
        promotion=value.get("promotion", {}),
        sources=loading.sources,
        excuses=tuple(
            ParsedExcuse(**raw, place=source.place(("excuses", index)))
            for index, raw in enumerate(value.get("excuses", ()))
        ),
    )


def _specimens(loading: _Loading, folder: str | None, packs: Sequence[Source]) -> dict[str, tuple[str, Traversable]]:
    """The files of texts made from the rules of each pack, whether they are there or not."""
    if folder is None:
        return {}
    names = [pack.value["pack"] for pack in packs]
    return {name: beside(loading.root, f"{folder}/{name}.txt")[0] for name in names}


def _clauses(loading: _Loading, source: Source) -> dict[str, str] | None:
    name = source.value.get("guidelines")
    if name is None:
        return None
    place = source.place(("guidelines",))
    for _, file in beside(loading.root, name):
        try:
            return read_clauses(file.read_bytes().decode("utf-8"))
        except (OSError, UnicodeDecodeError):
            break
    loading.problem(place, f"`{name}` cannot be read", "name a Markdown file in UTF-8 with a heading a clause")
    return None


def _word_store(
    loading: _Loading,
    words: Sequence[Source],
    lexicons: Sequence[Source],
    packs: Sequence[Source],
    regions: Sequence[str],
    short: Mapping[str, Any],
) -> WordStore:
    lists: dict[str, dict[str, Sequence[str]]] = {}
    macros: dict[str, dict[str, str]] = {}
    seen: dict[str, Place] = {}
    for source in [*words, *packs]:
        pack = source.value.get("pack", "")
        for key, target in (("lists", lists), ("macros", macros)):
            for name, value in source.value.get(key, {}).items():
                place = source.key_place((key, name))
                first = seen.get(f"{key}/{name}") if pack == "" else None
                if first:
                    loading.problem(place, f"`{name}` stands in {first} too", "give one of them another name")
                seen.setdefault(f"{key}/{name}", place)
                target.setdefault(pack, {})[name] = value
    groups = {s.value["lexicon"]: s.value["groups"] for s in lexicons}
    store = WordStore(lists, macros, groups, tuple(regions), short)
    for source in [*words, *packs]:
        _check_words(loading, source, store.surroundings(source.value.get("pack", "")))
    for source in lexicons:
        _check_lexicon(loading, source, store)
    return store


def _shorthand(loading: _Loading, sources: Sequence[Source]) -> dict[str, Any]:
    """The tables of all files as one; each shorthand stands for other words, once."""
    whole: dict[str, Any] = {"shorthand": {}, "unsure": {}, "allowed": [], "garbled": [], "restored": []}
    seen: dict[str, Place] = {}
    every = [
        (source, key, name) for source in sources for key in ("shorthand", "unsure") for name in _names(source, key)
    ]
    for source, key, name in every:
        place = source.key_place((key, name))
        if first := seen.get(folded(name)):
            loading.problem(place, f"`{name}` stands at {first} too", "keep one of them")
        seen.setdefault(folded(name), place)
        whole[key][name] = _names(source, key)[name]
    for source, key, name in every:
        _check_shorthand(loading, source, key, name, seen)
    for source in sources:
        for index, words in enumerate(source.value.get("allowed", ())):
            if seen.keys().isdisjoint(_rows(folded(words))):
                hint = "write the words beside which a shorthand stands for itself, such as `u bolts`"
                loading.problem(source.place(("allowed", index)), f"`{words}` holds no shorthand", hint)
            whole["allowed"].append(words)
    for source in sources:
        for key, least in (("garbled", SHORTEST_GARBLED), ("restored", 1)):
            whole[key] += _single_words(loading, source, key, least, (*whole["garbled"], *whole["restored"]))
    return whole


def _single_words(loading: _Loading, source: Source, key: str, least: int, others: Sequence[str]) -> Sequence[str]:
    """The words that a file of shorthand lists under a key: single ones, long enough, none of them listed already."""
    words: Sequence[str] = source.value.get(key, ())
    listed = set(others)
    for index, word in enumerate(words):
        place = source.place((key, index))
        if split_words(folded(word)) != [folded(word)] or len(folded(word)) < least:
            hint = f"write single words of {least} letters or more" if least > 1 else "write single words"
            loading.problem(place, f"`{word}` is no word that can be read {key}", hint)
        elif word in listed:
            loading.problem(place, f"`{word}` stands here twice", "keep one of them")
        listed.add(word)
    return words


def _names(source: Source, key: str) -> Mapping[str, str]:
    names: Mapping[str, str] = source.value.get(key, {})
    return names


def _rows(words: str) -> set[str]:
    """Every row of words in a row of words."""
    parts = words.split()
    return {" ".join(parts[a:b]) for a in range(len(parts)) for b in range(a + 1, len(parts) + 1)}


def _check_shorthand(loading: _Loading, source: Source, key: str, name: str, seen: Mapping[str, Place]) -> None:
    meaning = _names(source, key)[name]
    at_name, at_meaning = source.key_place((key, name)), source.place((key, name))
    if not folded(name)[:1].isalnum():
        loading.problem(at_name, f"`{name}` holds no word at its start", "begin it with a letter or digit")
    elif not split_words(folded(meaning)):
        loading.problem(at_meaning, f"`{meaning}` holds no word", "write the words it stands for")
    elif split_words(folded(name)) == split_words(folded(meaning)):
        loading.problem(at_meaning, f"`{name}` stands for itself", "write the words it is short for, or take it out")
    elif short := sorted(seen.keys() & _rows(folded(meaning))):
        hint = "write that out too"
        loading.problem(at_meaning, f"`{meaning}` holds `{short[0]}`, which is shorthand itself", hint)


def _check_words(loading: _Loading, source: Source, surroundings: Surroundings) -> None:
    """Reads every list and macro once, each template at its own place."""
    for name, templates in source.value.get("lists", {}).items():
        for index, template in enumerate(templates):
            _check_template(loading, source.place(("lists", name, index)), template, surroundings)
    for name, template in source.value.get("macros", {}).items():
        _check_template(loading, source.place(("macros", name)), template, surroundings)


def _check_template(loading: _Loading, place: Place, template: str, surroundings: Surroundings) -> None:
    try:
        read_phrase(template, surroundings.lists, surroundings.macros)
    except PhraseError as error:
        loading.problem(place, error.message, error.hint)


def _check_lexicon(loading: _Loading, source: Source, store: WordStore) -> None:
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
            _check_template(loading, source.place(("groups", number, "allowed", index)), template, surroundings)


def form_of(
    words: WordStore, pack: str, find: Mapping[str, Any], unless: Sequence[Mapping[str, Any]], when: Mapping[str, Any]
) -> str:
    """A hash of what a rule of a pack finds, and of the words it means."""
    return words.form(pack, find, list(unless), when)


def _rules(
    loading: _Loading, pack: Source, policy: Source, clauses: Mapping[str, str] | None, store: WordStore
) -> Iterator[ParsedRule]:
    surroundings = store.surroundings(pack.value["pack"])
    category_messages = policy.value.get("messages", {})
    for index, raw in enumerate(pack.value["rules"]):
        path = ("rules", index)
        category = raw.get("category", pack.value["category"])
        if clauses is not None and raw["clause"] not in clauses:
            place = pack.place((*path, "clause"))
            loading.problem(place, f"unknown clause `{raw['clause']}`", nearest(raw["clause"], clauses))
        if "rating" in raw.get("when", {}) and not raw.get("ground"):
            place = pack.place((*path, "when", "rating"))
            hint = "content rules apply to praise and criticism alike; say in `ground:` why this one may not"
            loading.problem(place, f"rule `{raw['id']}` reads the rating without a `ground`", hint)
        said = raw["find"], raw.get("unless", ()), raw.get("when", {})
        if not loading.trusted or form_of(store, pack.value["pack"], *said) not in loading.trusted:
            _check_finds(loading, pack, path, raw, surroundings)
        if not isinstance(raw["find"].get("not"), type(None)):
            loading.problem(pack.place((*path, "find")), "`not` alone finds nothing to mark", "put it inside `all:`")
        yield ParsedRule(
            id=raw["id"],
            pack=pack.value["pack"],
            category=category,
            clause=raw["clause"],
            status=raw.get("status", "enforce"),
            find=raw["find"],
            unless=tuple(raw.get("unless", ())),
            when=raw.get("when", {}),
            message=raw.get("message") or pack.value.get("message") or category_messages.get(category, {}),
            hits=_samples(loading, pack, (*path, "tests", "hits"), marks=True),
            misses=_samples(loading, pack, (*path, "tests", "misses"), marks=False),
            place=pack.place(path),
            begins=_day(loading, pack, (*path, "from"), raw.get("from")),
            ends=_day(loading, pack, (*path, "until"), raw.get("until")),
            rollout=raw.get("rollout", 100),
            about=raw.get("about", ""),
            reviewed=_review(loading, pack, (*path, "reviewed"), raw.get("reviewed")),
            ground=raw.get("ground", ""),
        )


def _review(loading: _Loading, pack: Source, path: Sequence[Any], raw: Mapping[str, str] | None) -> Review | None:
    day = None if raw is None else _day(loading, pack, (*path, "day"), raw["day"])
    return Review(day, raw["by"], raw["clause"]) if raw is not None and day is not None else None


def _day(loading: _Loading, source: Source, path: Sequence[Any], written: str | None) -> date | None:
    """A day of the calendar; None, and a problem where one was written, when it is none."""
    try:
        return None if written is None else date.fromisoformat(written)
    except ValueError:
        loading.problem(source.place(path), f"`{written}` is no date of the calendar")
        return None


def _check_finds(loading: _Loading, pack: Source, path: Sequence[Any], raw: Any, surroundings: Surroundings) -> None:
    """Builds what a rule finds and what excuses it."""
    scanned = loading.together and raw.get("status") != "draft"
    _check_tree(loading, pack, (*path, "find"), raw["find"], surroundings, scanned=scanned)
    for number, excuse in enumerate(raw.get("unless", ())):
        if set(excuse) == {"where"} or (len(excuse) == 2 and "where" not in excuse):
            place = pack.place((*path, "unless", number))
            loading.problem(place, "an excuse needs one thing to find beside `where`")
            continue
        _check_tree(loading, pack, (*path, "unless", number), excuse, surroundings)
    _check_title(loading, pack, path, raw, surroundings)


def _check_title(loading: _Loading, pack: Source, path: Sequence[Any], raw: Any, surroundings: Surroundings) -> None:
    if title := raw.get("when", {}).get("contract", {}).get("title"):
        _check_template(loading, pack.place((*path, "when", "contract", "title")), title, surroundings)


def _check_tree(
    loading: _Loading,
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


def _check_leaf(loading: _Loading, place: Place, node: Mapping[str, Any], surroundings: Surroundings) -> None:
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


def _samples(loading: _Loading, source: Source, path: tuple[str | int, ...], *, marks: bool) -> tuple[Sample, ...]:
    *owner, tests, kind = path
    raw: Any = source.value
    for part in owner:
        raw = raw[part]
    samples = []
    for index, each in enumerate(raw.get(tests, {}).get(kind, ())):
        place = source.place((*path, index))
        try:
            samples.append(read_sample(each, place, marks=marks))
        except ValueError as error:
            loading.problem(place, str(error), "mark what is found as [[this]]")
    return tuple(samples)


def _exceptions(loading: _Loading, source: Source, store: WordStore, rules: set[str]) -> Iterator[ParsedException]:
    for index, raw in enumerate(source.value.get("exceptions", ())):
        path = ("exceptions", index)
        for number, rule in enumerate(raw["rules"]):
            if rule not in rules:
                loading.problem(source.place((*path, "rules", number)), f"unknown rule `{rule}`", nearest(rule, rules))
        _check_tree(loading, source, (*path, "find"), raw["find"], store.surroundings(""))
        expires = _day(loading, source, (*path, "expires"), raw["expires"])
        if expires is None:
            continue
        test = read_sample(raw["test"], source.place((*path, "test")), marks=False)
        yield ParsedException(
            raw["id"], raw["owner"], raw["reason"], expires, tuple(raw["rules"]), raw["find"], test, source.place(path),
            raw.get("scope", {}),
        )  # fmt: skip


def _check_ids(loading: _Loading, rules: Iterable[ParsedRule]) -> None:
    seen: dict[str, Place] = {}
    for rule in rules:
        if rule.id in seen:
            loading.problem(
                rule.place, f"rule `{rule.id}` stands at {seen[rule.id]} too", "give one of them another id"
            )
        seen.setdefault(rule.id, rule.place)


def _check_thresholds(loading: _Loading, source: Source) -> None:
    before = ("audit", "reciprocity")
    for path, message, hint in contradictions(source.value.get("audit", {}).get("reciprocity", {})):
        loading.problem(source.place((*before, *path)), message, hint)


def policy_texts(path: str | Path | None = None) -> tuple[list[tuple[str, bytes]], list[Problem]]:
    """The names and bytes of every file of a policy, for its hash; problems instead where one cannot be read."""
    file, name, root = locate(path)
    source, problems = read_file(file, name)
    if source is None or problems or not isinstance(source.value, dict):
        return [], problems
    texts = [("policies.yaml", source.text.encode())]
    patterns = [source.value.get("guidelines")]
    for key in ("packs", "words", "lexicons", "shorthand", "protected"):
        listed = source.value.get(key)
        patterns += listed if isinstance(listed, list) else []
    for pattern in patterns:
        if isinstance(pattern, str):
            texts += [(found, each.read_bytes()) for found, each in beside(root, pattern) if each.is_file()]
    return texts, []
