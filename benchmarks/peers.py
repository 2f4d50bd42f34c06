"""The peers: what one might use instead, each as one function that prepares a call from a text to its findings.

They answer smaller questions than a policy does (swear words only, phone numbers only); each is called as its own
documentation says, once a text. A package that is not installed makes its peer absent, which the report says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import evenhand as ev
from evenhand.matcher import Trigger
from timing import Call


@dataclass(frozen=True)
class Peer:
    """`prepare` makes the call, with everything loaded; `package` is its distribution on PyPI.

    `wanted` is how many times as long as evenhand it should take at least.
    """

    name: str
    package: str
    prepare: Callable[[ev.Policy], Call]
    wanted: int = 0

    @property
    def installed(self) -> str:
        """The installed version, "" when there is none."""
        try:
            return version(self.package)
        except PackageNotFoundError:
            return ""


def better_profanity(policy: ev.Policy) -> Call:
    from better_profanity import profanity

    profanity.load_censor_words()
    contains: Call = profanity.contains_profanity
    return contains


def better_profanity_rs(policy: ev.Policy) -> Call:
    from better_profanity_rs import profanity

    profanity.load_censor_words()
    contains: Call = profanity.contains_profanity
    return contains


def alt_profanity_check(policy: ev.Policy) -> Call:
    from profanity_check import predict

    return lambda text: predict([text])


def presidio(policy: ev.Policy) -> Call:
    """Its English recognisers that work by pattern and checksum; names and places would need a language model."""
    import tldextract.tldextract
    from presidio_analyzer import PatternRecognizer, RecognizerRegistry
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer

    # its link and e-mail recognisers would fetch the public suffix list; the copy in the package does as well
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    used = [
        (each.analyze, each.supported_entities)
        for each in registry.recognizers
        if isinstance(each, PatternRecognizer | PhoneRecognizer)
    ]
    return lambda text: [found for analyze, entities in used for found in analyze(text, entities, None) or ()]


def phone_number_matcher(policy: ev.Policy) -> Call:
    from phonenumbers import PhoneNumberMatcher

    return lambda text: list(PhoneNumberMatcher(text, "US"))


_NO_WORDS = re.compile(r"[\W_]+")


def regex_one_by_one(policy: ev.Policy) -> Call:
    """What this policy looks for first, as a list of expressions: the usual way to write such a program.

    One expression for each part of each rule, words as a named list, which `regex` looks up in a set. What rules
    confirm afterwards is left out, so it does less than the policy.
    """
    import regex

    on_words, on_bytes, on_text = [], [], []
    for trigger in triggers(policy):
        if trigger.literals:
            words = [f" {each.words}" + " " * (not each.open_end) for each in trigger.literals]
            on_words.append(regex.compile(r"\L<words>", words=words).search)
        on_bytes += [regex.compile(each.encode("latin-1")).search for each in sorted(trigger.patterns)]
        on_text += [regex.compile(each).search for each in sorted(trigger.regexes)]

    def call(text: str) -> list[object]:
        lowered = text.lower()
        raw = lowered.encode("latin-1", "replace")
        words = f" {_NO_WORDS.sub(' ', lowered)} "
        found: list[object] = [search(words) for search in on_words]
        found += [search(raw) for search in on_bytes]
        found += [search(lowered) for search in on_text]
        return [each for each in found if each is not None]

    return call


def triggers(policy: ev.Policy) -> Iterator[Trigger]:
    """The triggers of every part of every rule."""
    for rule in policy.compiled.rules:
        for branch in rule.branches:
            if branch.trigger is not None:
                yield branch.trigger


PEERS = (
    Peer("better-profanity", "better-profanity", better_profanity, wanted=3_000),
    Peer("better-profanity-rs", "better-profanity-rs", better_profanity_rs),
    Peer("alt-profanity-check", "alt-profanity-check", alt_profanity_check),
    Peer("presidio, its patterns", "presidio-analyzer", presidio, wanted=100),
    Peer("phonenumbers' matcher", "phonenumbers", phone_number_matcher),
    Peer("regex, one by one", "regex", regex_one_by_one),
)
