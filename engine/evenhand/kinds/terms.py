"""Terms: words of a list or lexicon, with the foldings that each of them tolerates."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

from ..disguise import bare_key
from ..errors import OptionError, nearest
from ..frequencies import SHARE, share
from ..matcher import ONLY_NOT_ASCII, Kind, Literal, Matcher, Surroundings, Trigger
from ..model import Match
from ..phrase_matcher import Form
from ..phrases import TOLERANCES, Phrase, PhraseError, Term, read_term, spelled
from ..text import Document
from ..views import ENDS, Flat, fold, split_words

# --- spellings ------------------------------------------------------------------------------------------------------

_UNDISGUISED = frozenset({"leet", "repeats", "spacing"})  # what the undisguised view takes away
_SHORTEST_PIECE = 3
_VOWELS = frozenset("aeiouy")
_ALIKE = {"i": "l", "u": "v"}  # letters that pass for others: "bltch", "cvnt"
# What sounds alike: "phuck", "fukk", "kunt".
_SOUNDS = (("ck", "kk"), ("ck", "cc"), ("ck", "k"), ("c", "k"), ("f", "ph"), ("ph", "f"), ("er", "ah"))
_MASK = re.compile(r"(?<![a-z0-9*])[a-z]*(?:[*#•✱_^]|-{2,})[a-z*#•✱_^-]*(?![a-z0-9])")
_MASKED_AT_ALL = re.compile(r"[a-z](?:[*#•✱_^]|--)")
_MASKED = "masked"
MAX_MATCHES = 100


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way in which a term may stand in a text: its words there, and the tolerance that allows it ("" for none)."""

    words: tuple[str, ...]
    term: Term
    how: str = ""
    open_start: bool = False
    open_end: bool = False


def _whole(term: Term, word: str) -> bool:
    return len(term.words) == 1 and not term.open_start and len(word) >= 3


def _split(term: Term) -> Iterator[tuple[str, ...]]:
    word = term.words[0]
    if _whole(term, word) and len(word) >= 4:
        for cut in range(1, len(word)):
            pieces = word[:cut], word[cut:]
            # "sh it", but not "s hit" nor "to lol": two words that writers use mean themselves, and "Dick's" is a name
            if pieces[1] == "s" or pieces[0] in SHARE:
                continue
            if pieces[1] not in SHARE or len(pieces[1]) < _SHORTEST_PIECE:
                yield pieces


def _joined(term: Term) -> Iterator[tuple[str, ...]]:
    if len(term.words) > 1:
        yield ("".join(term.words),)


def _typos(term: Term) -> Iterator[tuple[str, ...]]:
    word = term.words[0]
    if not _whole(term, word) or len(word) < 4:
        return
    for at in range(1, len(word) - 1):
        if word[at] in _ALIKE:
            yield (word[:at] + _ALIKE[word[at]] + word[at + 1 :],)
        swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        dropped = word[:at] + word[at + 1 :]
        if swapped != word and swapped not in SHARE:
            yield (swapped,)
        if word[at] in _VOWELS and len(dropped) >= 3 and dropped not in SHARE:
            yield (dropped,)
    for written, heard in _SOUNDS:
        if written in word and (spelled := word.replace(written, heard, 1)) not in SHARE:
            yield (spelled,)


def _masks(term: Term) -> Iterator[tuple[str, ...]]:
    word = term.words[0]
    if not _whole(term, word) or len(word) < 4:
        return
    inner = range(1, len(word))
    yield from ((word[:at] + "*" + word[at + 1 :],) for at in inner)
    yield from ((word[:at] + "**" + word[at + 2 :],) for at in range(1, len(word) - 1))
    yield (word[0] + "*" * (len(word) - 2) + word[-1],)
    masked = word[0] + "".join("*" if char in _VOWELS else char for char in word[1:])
    if masked.count("*") > 1:  # "m*th*rf*ck*r"
        yield (masked,)
    if term.severity == "extreme":
        yield (word[0] + "*" * (len(word) - 1),)


_WAYS: dict[str, Callable[[Term], Iterator[tuple[str, ...]]]] = {
    "split": _split,
    "joined": _joined,
    "typos": _typos,
}


def spellings(term: Term) -> Iterator[Spelling]:
    """The term as written, and in every way it tolerates except those of the undisguised and masked views."""
    yield Spelling(term.words, term, "", term.open_start, term.open_end)
    for how, ways in _WAYS.items():
        if how in term.tolerate:
            for words in dict.fromkeys(ways(term)):
                yield Spelling(words, term, how, open_end=term.open_end and how in ("joined", "typos", "split"))


def bare_spellings(term: Term) -> Iterator[Spelling]:
    """The term as the undisguised view writes it."""
    if term.tolerate & _UNDISGUISED:
        yield Spelling(tuple(map(bare_key, term.words)), term, "bare", term.open_start, term.open_end)


def masked_spellings(term: Term) -> Iterator[Spelling]:
    """The term with stars for letters, as the masked view writes it."""
    if _MASKED in term.tolerate:
        for words in dict.fromkeys(_masks(term)):
            yield Spelling(words, term, _MASKED)


# --- looking up -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Index:
    """Spellings by their first word, or by the first or last letters of it where that end is open.

    Spellings of several words are found by the first two: many begin with one and the same word ("a ss", "a sshole").
    """

    exact: dict[str, list[Spelling]] = field(default_factory=lambda: defaultdict(list))
    pairs: dict[tuple[str, str], list[Spelling]] = field(default_factory=lambda: defaultdict(list))
    openings: set[str] = field(default_factory=set)  # the first words of `pairs`
    heads: dict[str, list[Spelling]] = field(default_factory=lambda: defaultdict(list))
    tails: dict[str, list[Spelling]] = field(default_factory=lambda: defaultdict(list))
    # those that may stand anywhere in a word, or are too short for `heads` and `tails`
    inner: list[Spelling] = field(default_factory=list)

    @staticmethod
    def of(all_spellings: Iterable[Spelling]) -> Index:
        index = Index()
        for each in all_spellings:
            first = each.words[0]
            single = len(each.words) == 1
            if single and ((each.open_start and each.open_end) or (_is_open(each) and len(first) < ENDS)):
                index.inner.append(each)
            elif each.open_start:
                index.tails[first[-ENDS:]].append(each)
            elif each.open_end and len(each.words) == 1:
                index.heads[first[:ENDS]].append(each)
            elif len(each.words) > 2 or (len(each.words) == 2 and not each.open_end):
                index.pairs[first, each.words[1]].append(each)
                index.openings.add(first)
            else:
                index.exact[first].append(each)
        tables: Iterable[dict[Any, list[Spelling]]] = (index.exact, index.pairs, index.heads, index.tails)
        for table in tables:
            for entries in table.values():
                entries.sort(key=lambda s: (-len(s.words), -len(s.words[0]), s.how, str(s.term)))
        return index

    def places(self, flat: Flat) -> list[int]:
        """The words at which some spelling may stand: a cheap look before the careful one."""
        words = flat.words
        found = {at for word in self.exact.keys() & flat.set for at in flat.at(word)}
        for word in self.openings & flat.set:
            found.update(at for at in flat.at(word) if tuple(words[at : at + 2]) in self.pairs)
        found.update(at for word in self._open(flat) for at in flat.at(word))
        return sorted(found)

    def _open(self, flat: Flat) -> Iterator[str]:
        """The words of a text that a spelling with an open end may be."""
        if heads := self.heads.keys() & flat.heads:
            yield from (word for word in flat.set if word[:ENDS] in heads)
        if tails := self.tails.keys() & flat.tails:
            yield from (word for word in flat.set if word[-ENDS:] in tails)
        for each in self.inner:
            if each.words[0] in flat.string:
                yield from (word for word in flat.set if each.words[0] in word)

    def at(self, words: Sequence[str], position: int) -> Iterator[Spelling]:
        """The spellings that start at a word of the text."""
        word = words[position]
        yield from (s for s in self.exact.get(word, ()) if _follows(s, words, position))
        if word in self.openings and position + 1 < len(words):
            several = self.pairs.get((word, words[position + 1]), ())
            yield from (s for s in several if _follows(s, words, position))
        yield from (s for s in self.heads.get(word[:ENDS], ()) if word.startswith(s.words[0]))
        yield from (
            s for s in self.tails.get(word[-ENDS:], ()) if word.endswith(s.words[0]) and _follows(s, words, position)
        )
        yield from (s for s in self.inner if _stands_in(s, word))


def _is_open(spelling: Spelling) -> bool:
    return spelling.open_start or spelling.open_end


def _stands_in(spelling: Spelling, word: str) -> bool:
    """Whether a spelling of one word stands in a word, at its start or end where it is closed there."""
    wanted = spelling.words[0]
    return (
        wanted in word
        and (spelling.open_start or word.startswith(wanted))
        and (spelling.open_end or word.endswith(wanted))
    )


def _follows(spelling: Spelling, words: Sequence[str], position: int, start: int = 1) -> bool:
    rest = spelling.words[start:]
    if not rest:
        return True
    there = words[position + start : position + len(spelling.words)]
    if len(there) < len(rest):
        return False
    *middle, last = rest
    if list(there[:-1]) != middle:
        return False
    return there[-1].startswith(last) if spelling.open_end else there[-1] == last


@dataclass(frozen=True)
class Terms:
    """The matcher: looks every word of the text up in the index of each view that the terms tolerate."""

    key: object
    name: str
    terms: tuple[Term, ...]
    only_disguised: bool = False

    @cached_property
    def plain(self) -> Index:
        return Index.of(s for term in self.terms for s in spellings(term))

    @cached_property
    def bare(self) -> Index:
        return Index.of(s for term in self.terms for s in bare_spellings(term))

    @cached_property
    def masked(self) -> Index:
        return Index.of(s for term in self.terms for s in masked_spellings(term))

    @cached_property
    def longest(self) -> int:
        """Of how many words the longest term is made."""
        return max(len(term.words) for term in self.terms)

    @cached_property
    def may_be_masked(self) -> bool:
        """Whether some term tolerates stars for letters."""
        return any(_MASKED in term.tolerate for term in self.terms)

    @cached_property
    def trigger(self) -> Trigger | None:
        bare = frozenset(_literal(s) for term in self.terms for s in bare_spellings(term))
        masks = frozenset({r"[a-z][*#_^\xff]", r"[a-z]--"}) if self.may_be_masked else frozenset[str]()
        if self.only_disguised and all(term.tolerate <= {*_UNDISGUISED, _MASKED} for term in self.terms):
            # words as they stand are a disguise only by letters that are not ASCII
            return Trigger(bare=bare, patterns=masks, longer=ONLY_NOT_ASCII, disguised=not masks)
        return Trigger(frozenset(_literal(s) for term in self.terms for s in spellings(term)), bare, masks)

    @cached_property
    def cover(self) -> frozenset[str] | None:
        """Words of which one stands wherever a term does, as far as nothing is disguised."""
        every = [spelling for term in self.terms for spelling in spellings(term)]
        if self.may_be_masked or any(s.open_start or s.open_end for s in every):
            return None
        return frozenset(min(s.words, key=lambda word: (share(word), word)) for s in every)

    def find(self, document: Document) -> Iterable[Match]:
        plain = self._in_words(document)
        if self.only_disguised:
            plain = (match for match in plain if self.is_disguise(document.text[match.start : match.end]))
        found = list(islice(plain, MAX_MATCHES + 1))
        found += islice(self._in_bare(document), MAX_MATCHES + 1)
        if self.may_be_masked:
            found += islice(self._masked(document), MAX_MATCHES + 1)
        found = sorted(set(found))
        if len(found) > MAX_MATCHES:
            stop = found[MAX_MATCHES - 1]
            found = [*found[: MAX_MATCHES - 1], replace(stop, why=f"{stop.why}, stopped at its limit", capped=True)]
        return found

    @cached_property
    def _written(self) -> frozenset[str]:
        """The terms as they stand in a text that disguises nothing, whatever the case of their letters."""
        return frozenset(str(term) for term in self.terms)

    def is_disguise(self, written: str) -> bool:
        """Whether a term is written otherwise than it is listed: with other words or letters; accents do not count."""
        letters = unicodedata.normalize("NFD", written.lower())
        plain = "".join(char for char in letters if not unicodedata.combining(char))
        return " ".join(split_words(plain)) not in self._written

    def _in_words(self, document: Document) -> Iterator[Match]:
        flat = document.flat
        for position in self.plain.places(flat):
            each = _longest(s for s in self.plain.at(flat.words, position) if not _excused(s, document, position))
            if each is not None and not (each.how == "split" and _is_tail(document, position)):
                start, end = document.words.span(position, position + len(each.words) - 1)
                yield Match(start, end, self._why(each, document.chain(start, end)))

    def _in_bare(self, document: Document) -> Iterator[Match]:
        flat = document.bare_flat
        for position in self.bare.places(flat):
            if not document.may_be_disguised(position, self.longest):
                continue
            each = _longest(s for s in self.bare.at(flat.words, position) if _disguised(s, document, position))
            if each is not None and document.bare is not None:
                start, end = document.bare.span(position, position + len(each.words) - 1)
                yield Match(start, end, self._why(each, document.chain(start, end, "bare")))

    def _masked(self, document: Document) -> Iterator[Match]:
        view = document.folded
        if not _MASKED_AT_ALL.search(view.string):
            return
        for masked in _MASK.finditer(view.string):
            word = re.sub(r"[^a-z]", "*", masked[0])
            if word.strip("*") and (entries := self.masked.exact.get(word)):
                yield Match(*view.span(*masked.span()), self._why(entries[0], "stars for letters"))

    def _why(self, spelling: Spelling, chain: str) -> str:
        how = f", {spelling.how}" if spelling.how not in ("", "bare", _MASKED) else ""
        return f"term `{spelling.term}` of {self.name} in {chain}{how}"


def _long_enough(term: Term, document: Document, start: int, end: int) -> bool:
    """Whether every doubled letter of the term is doubled in the text too: `aas` is not `ass`."""
    leet = "".join(c for c in document.disguised_letters(start, end) if c.isalnum())
    shape = "".join(
        (f"{re.escape(char)}{{{len(run)},}}")
        for char, run in _runs("".join(term.words).translate(str.maketrans("l", "i")))
    )
    return re.match(shape if term.open_end else shape + "$", leet) is not None or term.open_start


def _runs(word: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(r"(.)\1*", word):
        yield match[1], match[0]


def _is_tail(document: Document, position: int) -> bool:
    """Whether the word is what an apostrophe cut off: "the artist's hit" splits no word."""
    start, _ = document.words.span(position, position)
    return fold(document.text[max(0, start - 1) : start]).string == "'"


def _longest(found: Iterable[Spelling]) -> Spelling | None:
    """The spelling of the most words; the tables' order decides among equals."""
    return max(found, key=lambda spelling: len(spelling.words), default=None)


def _disguised(spelling: Spelling, document: Document, position: int) -> bool:
    """Whether the words are a disguise, of the sorts that the term tolerates, and not just look like it undisguised."""
    if document.bare is None:
        return False
    start, end = document.bare.span(position, position + len(spelling.words) - 1)
    disguises = document.disguises(start, end)
    if not disguises or not disguises <= spelling.term.tolerate:
        return False
    return len(spelling.words) != len(spelling.term.words) or _long_enough(spelling.term, document, start, end)


def _excused(spelling: Spelling, document: Document, position: int) -> bool:
    """Whether an allowed neighbour of the term covers it here."""
    if not spelling.term.allowed:
        return False
    last = position + len(spelling.words) - 1
    for phrase in spelling.term.allowed:
        found = document.once(("allowed", phrase.template), lambda phrase=phrase: _stretches(phrase, document))  # type: ignore[misc]
        if any(first <= position and last <= end for first, end in found):
            return True
    return False


def _stretches(phrase: Phrase, document: Document) -> list[tuple[int, int]]:
    """(first word, last word) of where an allowed phrase stands."""
    return list(_form(phrase).stretches(document.flat, lambda: document.words))


@lru_cache(4096)
def _form(phrase: Phrase) -> Form:
    return Form(phrase.node)


def _literal(spelling: Spelling) -> Literal:
    return Literal(" ".join(spelling.words), open_end=spelling.open_end, open_start=spelling.open_start)


# --- the kind -------------------------------------------------------------------------------------------------------


def words_of(options: Any, surroundings: Surroundings) -> tuple[str, list[Term]]:
    """The terms that options name (a list of words, `list`, `lexicon` or `words`), and what to call them."""
    if isinstance(options, str):
        options = {"list": options}
    elif isinstance(options, list):
        options = {"words": options}
    if "lexicon" in options:
        name = options["lexicon"]
        if name not in surroundings.lexicons:
            raise OptionError(f"unknown lexicon `{name}`", nearest(name, surroundings.lexicons), ("lexicon",))
        terms = list(surroundings.lexicons[name])
        if "severity" in options:
            terms = [term for term in terms if term.severity in options["severity"]]
        return f"lexicon {name}", terms
    if "list" in options:
        name = options["list"]
        if name not in surroundings.lists:
            raise OptionError(f"unknown list `{name}`", nearest(name, surroundings.lists), ("list",))
        return f"list {name}", _terms_of_phrases(name, surroundings)
    try:
        return "words", [read_term(word) for word in options["words"]]
    except PhraseError as error:
        raise OptionError(error.message, error.hint) from None


def _terms_of_phrases(name: str, surroundings: Surroundings) -> list[Term]:
    terms = []
    for phrase in surroundings.lists[name]:
        rows = spelled(phrase.node, 500)
        if rows is None or any(word.open_end for row in rows for word in row[:-1]):
            raise OptionError(f"`{phrase.template}` of list `{name}` has a gap or too many spellings", "use `phrase`")
        terms += [Term(tuple(w.text for w in row), open_end=row[-1].open_end) for row in rows]
    return terms


def build(options: Any, surroundings: Surroundings) -> Matcher:
    """Builds the matcher for `terms` or `list`; `tolerate` in the options replaces what the terms say."""
    name, terms = words_of(options, surroundings)
    if isinstance(options, dict) and "tolerate" in options:
        tolerate = frozenset(options["tolerate"])
        terms = [replace(term, tolerate=tolerate) for term in terms]
    if not terms:
        raise OptionError(f"{name} holds no term", "add a term, or take the leaf out")
    only_disguised = isinstance(options, dict) and bool(options.get("disguised"))
    if only_disguised and not any(term.tolerate for term in terms):
        raise OptionError(f"no term of {name} tolerates a disguise", "say which under `tolerate`", ("disguised",))
    if only_disguised and any(term.open_start or term.open_end for term in terms):
        raise OptionError(f"{name} holds terms with an open end", "write their forms out, or take `disguised` out")
    return Terms(("terms", name, str(options)), name, tuple(terms), only_disguised)


_TOLERATE = {
    "description": "The disguises in which the words are found too: "
    + "; ".join(f"{name}: {what}" for name, what in TOLERANCES.items()),
    "type": "array",
    "items": {"enum": list(TOLERANCES)},
    "uniqueItems": True,
}
_WORDS = {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1}
SCHEMA = {
    "description": "Words: a list of them, or a list or lexicon by name.",
    "type": ["array", "object"],
    "if": {"type": "object"},
    "then": {
        "properties": {
            "words": {**_WORDS, "description": "The words themselves; `word*` takes in every longer word."},
            "list": {"type": "string", "description": "The name of a list."},
            "lexicon": {"type": "string", "description": "The name of a lexicon."},
            "severity": {
                "description": "Only the terms of these severities.",
                "type": "array",
                "items": {"enum": ["mild", "strong", "extreme"]},
                "minItems": 1,
            },
            "tolerate": _TOLERATE,
            "disguised": {
                "type": "boolean",
                "description": "Only where a word stands in a disguise that it tolerates (false).",
            },
        },
        "additionalProperties": False,
        "minProperties": 1,
    },
    "else": _WORDS,
}
KIND = Kind("terms", "words of a list or lexicon", SCHEMA, build, "terms: {lexicon: profanity}")
LIST_KIND = Kind(
    "list",
    "the words of a list, by its name",
    {"type": "string", "description": "The name of a list of this pack or of a shared one."},
    build,
    "list: messenger",
)
