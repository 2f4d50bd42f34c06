"""Files to a parsed policy: what the YAML says, every value with its place, all problems at once."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from .checking import check_finds, check_lexicon, check_tree, check_words
from .errors import Place, PolicyError, Problem, nearest
from .files import beside, shipped
from .loading import Loading
from .model import Outcome
from .parsed import DEFAULT_TEXT_LIMIT, ParsedException, ParsedExcuse, ParsedPolicy, ParsedRule, Review, Sample
from .samples import read_sample
from .shorthand import SHORTEST_GARBLED, folded
from .source import Source, read_file
from .thresholds import contradictions
from .views import split_words
from .words import WordStore

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
    loading = Loading(root, "" if prefix == "./" else prefix, trusted, together)
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


def _read_parts(loading: Loading, source: Source) -> ParsedPolicy | None:
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


def _specimens(loading: Loading, folder: str | None, packs: Sequence[Source]) -> dict[str, tuple[str, Traversable]]:
    """The files of texts made from the rules of each pack, whether they are there or not."""
    if folder is None:
        return {}
    names = [pack.value["pack"] for pack in packs]
    return {name: beside(loading.root, f"{folder}/{name}.txt")[0] for name in names}


def _clauses(loading: Loading, source: Source) -> dict[str, str] | None:
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
    loading: Loading,
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
        check_words(loading, source, store.surroundings(source.value.get("pack", "")))
    for source in lexicons:
        check_lexicon(loading, source, store)
    return store


def _shorthand(loading: Loading, sources: Sequence[Source]) -> dict[str, Any]:
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


def _single_words(loading: Loading, source: Source, key: str, least: int, others: Sequence[str]) -> Sequence[str]:
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


def _check_shorthand(loading: Loading, source: Source, key: str, name: str, seen: Mapping[str, Place]) -> None:
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


def form_of(
    words: WordStore, pack: str, find: Mapping[str, Any], unless: Sequence[Mapping[str, Any]], when: Mapping[str, Any]
) -> str:
    """A hash of what a rule of a pack finds, and of the words it means."""
    return words.form(pack, find, list(unless), when)


def _rules(
    loading: Loading, pack: Source, policy: Source, clauses: Mapping[str, str] | None, store: WordStore
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
            check_finds(loading, pack, path, raw, surroundings)
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


def _review(loading: Loading, pack: Source, path: Sequence[Any], raw: Mapping[str, str] | None) -> Review | None:
    day = None if raw is None else _day(loading, pack, (*path, "day"), raw["day"])
    return Review(day, raw["by"], raw["clause"]) if raw is not None and day is not None else None


def _day(loading: Loading, source: Source, path: Sequence[Any], written: str | None) -> date | None:
    """A day of the calendar; None, and a problem where one was written, when it is none."""
    try:
        return None if written is None else date.fromisoformat(written)
    except ValueError:
        loading.problem(source.place(path), f"`{written}` is no date of the calendar")
        return None


def _samples(loading: Loading, source: Source, path: tuple[str | int, ...], *, marks: bool) -> tuple[Sample, ...]:
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


def _exceptions(loading: Loading, source: Source, store: WordStore, rules: set[str]) -> Iterator[ParsedException]:
    for index, raw in enumerate(source.value.get("exceptions", ())):
        path = ("exceptions", index)
        for number, rule in enumerate(raw["rules"]):
            if rule not in rules:
                loading.problem(source.place((*path, "rules", number)), f"unknown rule `{rule}`", nearest(rule, rules))
        check_tree(loading, source, (*path, "find"), raw["find"], store.surroundings(""))
        expires = _day(loading, source, (*path, "expires"), raw["expires"])
        if expires is None:
            continue
        test = read_sample(raw["test"], source.place((*path, "test")), marks=False)
        yield ParsedException(
            raw["id"], raw["owner"], raw["reason"], expires, tuple(raw["rules"]), raw["find"], test, source.place(path),
            raw.get("scope", {}),
        )  # fmt: skip


def _check_ids(loading: Loading, rules: Iterable[ParsedRule]) -> None:
    seen: dict[str, Place] = {}
    for rule in rules:
        if rule.id in seen:
            loading.problem(
                rule.place, f"rule `{rule.id}` stands at {seen[rule.id]} too", "give one of them another id"
            )
        seen.setdefault(rule.id, rule.place)


def _check_thresholds(loading: Loading, source: Source) -> None:
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
