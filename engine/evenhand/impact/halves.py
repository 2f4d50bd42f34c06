"""The rules that differ, judged by both policies at once: one scan finds what any of them asks for, in either policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b

from ..columns import Facts, Judge
from ..compile import Together
from ..compiled import Compiled
from ..decide import decide
from ..model import Verdict
from ..policy import Policy, with_length, within_limit
from ..prefilter import Prefilter
from ..text import Document

Key = tuple[str, Facts]
Both = tuple[Verdict | None, Verdict | None]  # by the old and by the new rules; None for what neither of them finds


class Halves:
    """Judges texts by the rules of two policies that read a text alike; for one thread."""

    def __init__(self, together: Together) -> None:
        self._old, self._new = together.parts
        self._united = Prefilter(together.united())

    def verdicts(self, keys: Sequence[Key]) -> Iterator[tuple[Key, Both]]:
        """The texts on which one of the policies may find something, with what both say."""
        limit = self._old.text_limit
        plain: list[Key] = []
        for key in keys:
            text, facts = key
            if text.isascii() and len(text) <= limit and facts.counterparty is None:
                plain.append(key)
                continue
            document = Document(within_limit(self._old, facts.feedback(text)))
            if found := self._united.candidates(document):
                yield key, self._both(key, document, found)
        titled = [facts.title is not None for _, facts in plain]
        for key, may in zip(plain, self._united.in_column([text for text, _ in plain], titled), strict=True):
            if may is not None:
                text, facts = key
                yield key, self._both(key, may.document(facts.feedback(text)), may.candidates)

    def _both(self, key: Key, document: Document, found: Mapping[int, list[int]]) -> Both:
        """What both policies say; one that is asked nothing finds nothing but the text's length."""
        text, facts = key
        behind = len(self._old.rules)
        old = {number: branches for number, branches in found.items() if number < behind}
        new = {number - behind: branches for number, branches in found.items() if number >= behind}
        before, after = (
            with_length(part, decide(part, document, asked), facts.feedback(text))
            for part, asked in ((self._old, old), (self._new, new))
        )
        return before, after


class Apart:
    """The same for policies that read a text in different ways: each has its own scans."""

    def __init__(self, parts: Sequence[Policy], columns: Mapping[str, str]) -> None:
        self._judges = [Judge(part, columns) for part in parts]

    def verdicts(self, keys: Sequence[Key]) -> Iterator[tuple[Key, Both]]:
        """The texts on which one of the policies finds something, with what both say."""
        old, new = (dict(judge.verdicts(keys)) for judge in self._judges)
        for key in keys:
            if old[key] is not None or new[key] is not None:
                yield key, (old[key], new[key])


class Depends:
    """The facts on which findings of some rules may depend: what the rules do not read does not make a text another.

    The rating and the author's role are read by `when` and by exceptions alone, and differ from row to row.
    """

    def __init__(self, parts: Sequence[Compiled]) -> None:
        read = {name for part in parts for rule in part.rules for name in rule.when}
        if any(waiver.scope for part in parts for waiver in part.waivers):
            read.add("author")
        self._unread = {name: None for name in ("rating", "author") if name not in read}
        self._known: dict[Facts, Facts] = {}

    def on(self, facts: Facts) -> Facts:
        """The facts without those that nobody reads."""
        kept = self._known.get(facts)
        if kept is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            kept = self._known[facts] = facts._replace(**self._unread)
        return kept


_REMEMBERED = 200_000  # texts of each of two generations: some 40 MB at most


class Settled:
    """Texts on which the policies agree, so that the same one is not judged again; the oldest are forgotten first."""

    def __init__(self, most: int = _REMEMBERED) -> None:
        self._most = most
        self._young: set[bytes] = set()
        self._old: set[bytes] = set()
        self._written: dict[Facts, bytes] = {}

    def new(self, keys: Iterable[Key]) -> dict[Key, bytes]:
        """Those that are not among them, with their digests."""
        young, old = self._young, self._old
        digests = ((key, self._digest(key)) for key in keys)
        return {key: digest for key, digest in digests if digest not in young and digest not in old}

    def add(self, digests: Iterable[bytes]) -> None:
        """Remembers texts on which the policies agree."""
        self._young.update(digests)
        if len(self._young) >= self._most:
            self._old, self._young = self._young, set()

    def _digest(self, key: Key) -> bytes:
        text, facts = key
        written = self._written.get(facts)
        if written is None:
            if len(self._written) >= self._most:
                self._written.clear()
            written = self._written[facts] = b"\xff" + repr(facts).encode()  # no text holds this byte
        return blake2b(text.encode() + written, digest_size=16).digest()
