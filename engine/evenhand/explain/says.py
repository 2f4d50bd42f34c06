"""Rules in words: what a tree looks for as a noun phrase, and a whole rule as a sentence, made from what was compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..compiled import Rule
from ..kinds import KINDS
from ..kinds.exchange import Exchange
from ..kinds.link import Wanted
from ..kinds.regex import Regex
from ..kinds.relevance import Relevance
from ..kinds.shape import Shape
from ..kinds.terms import Terms
from ..matcher import Matcher
from ..model import Outcome
from ..phrase_matcher import Phrase, Phrases
from ..phrases import Choice, Gap, Node, Row, Word, shortened
from ..phrases import Phrase as Template
from ..tree import AllOf, AnyOf, Count, Distance, Leaf, Near, Not, Tree

_SHOWN = 3  # of a long list
_LONG = 60  # characters of a template or pattern: a longer one is no longer read

# --- kinds ----------------------------------------------------------------------------------------------------------


def kind_of(matcher: Matcher) -> str:
    """The name of the kind that built a matcher."""
    key = matcher.key
    name = str(key[0] if isinstance(key, tuple) else key)
    return "phrase" if name == "phrases" else name


def listed(words: Sequence[str], last: str = "or", shown: int = _SHOWN) -> str:
    """`a, b or c`; of a long list the first few and how many more there are."""
    if len(words) > shown + 1:
        words = [*words[:shown], f"{len(words) - shown:,} more"]
    return " ".join(filter(None, [", ".join(words[:-1]), last if words[1:] else "", words[-1] if words else ""]))


def quoted(words: Iterable[str]) -> list[str]:
    """Each in backticks, cut short where it is a catalogue."""
    return [f"`{shortened(word)}`" for word in words]


def _terms(matcher: Terms) -> str:
    words = list(dict.fromkeys(str(term) for term in matcher.terms))
    disguised = ", in disguise" * matcher.only_disguised
    if matcher.name == "words":
        said = f"the word {quoted(words)[0]}" if len(words) == 1 else f"one of the words {listed(quoted(words))}"
        return f"{said}{disguised}"
    return f"a word of {matcher.name} ({listed(quoted(words))}){disguised}"


def _phrases(matcher: Phrase | Phrases) -> str:
    templates = _templates(matcher)
    if len(templates) > 1:
        return f"one of {len(templates)} phrases ({listed(templates)})"
    return f"{'a' if templates[0].startswith('like') else 'the'} phrase {templates[0]}"


def _templates(matcher: Phrase | Phrases) -> list[str]:
    """Each template as it is written, or, where that is long, one of the ways in which it may stand in a text."""
    parts = matcher.parts if isinstance(matcher, Phrases) else (matcher,)
    return [_template(part.template) for part in parts]


def _template(template: Template) -> str:
    if len(template.template) <= _LONG:
        return f"`{template.template}`"
    return f"like `{shortened(' '.join(_spelling(template.node)))}`"


def _spelling(node: Node) -> Iterator[str]:
    """The words of the first spelling, without what may be left out; dots for a gap."""
    match node:
        case Word(text, open_end):
            yield text + "*" * open_end
        case Gap():
            yield "…"
        case Row(parts):
            for part in parts:
                yield from _spelling(part)
        case Choice(branches):
            if not any(branch.parts == () for branch in branches if isinstance(branch, Row)):
                yield from _spelling(branches[0])


def _regex(matcher: Regex) -> str:
    pattern = matcher.pattern if len(matcher.pattern) <= _LONG else matcher.pattern[:_LONG] + "..."
    return f"the pattern `{pattern}`" + " in the text as written" * matcher.written


def _exchange(matcher: Exchange) -> str:
    order = {"give-first": ", in this order", "get-first": ", the feedback first"}.get(matcher.direction, "")
    reach = "one sentence" if matcher.sentences == 1 else f"{matcher.sentences} sentences"
    give, feedback, tie = (listed(_templates(each)) for each in (matcher.give, matcher.feedback, matcher.tie))
    return f"something given ({give}) and feedback ({feedback}) tied together ({tie}) in {reach}{order}"


def _email(matcher: Matcher) -> str:
    return "an e-mail address" + ("" if _option(matcher, 1) else " that is not disguised")


def _phone(_: Matcher) -> str:
    return "a phone number"


def _address(_: Matcher) -> str:
    return "a postal address"


def _handle(matcher: Matcher) -> str:
    services = listed(list(map(str, _option(matcher, 1))))
    return (
        f"an account name (on {services})"
        if not _option(matcher, 2)
        else f"an account name (`@name`, or on {services})"
    )


def _link(matcher: Matcher) -> str:
    wanted: Wanted = _option(matcher, 1)
    asked = [
        *([listed(list(wanted.domains))] if wanted.domains else []),
        *([f"a domain that ends in {listed(sorted(wanted.tlds))}"] if wanted.tlds else []),
        *([f"a domain with {listed(quoted(wanted.words))} in it"] if wanted.words else []),
    ]
    to = f" to {', or '.join(asked)}" if asked else ""
    return f"a link{to}" + (f", but not to {listed(list(wanted.but))}" if wanted.but else "")


def _number(matcher: Matcher) -> str:
    return f"a confidential number ({listed(_names(matcher), shown=6)})"


def _secret(matcher: Matcher) -> str:
    said = {"key": "an access key", "assignment": "a password or key that is set", "login": "a login that is told"}
    return listed([said.get(name, name) for name in _names(matcher)])


def _party(matcher: Matcher) -> str:
    return f"the other side's {listed(_names(matcher))}"


def _relevance(matcher: Relevance) -> str:
    titled = " (where its title is known)" * matcher.needs_title
    return f"a whole text of {matcher.min_words} words or more, none of which has to do with a contract{titled}"


def _shape(matcher: Shape) -> str:
    conditions = [
        *([f"at least {matcher.min_words} words"] if matcher.min_words else []),
        *([f"at most {matcher.max_words} words"] if matcher.max_words else []),
        *([f"at least {matcher.capitals:.0%} capitals"] if matcher.capitals is not None else []),
        *([f"a passage that stands {matcher.repeats} times"] if matcher.repeats else []),
    ]
    return f"a whole text with {listed(conditions, 'and')}"


def _option(matcher: Matcher, at: int) -> Any:
    key: Any = matcher.key
    return key[at]


def _names(matcher: Matcher) -> list[str]:
    return [str(name) for name in _option(matcher, 1)]


# How each kind says itself, by its name; a kind that is not here says its summary.
SAYS: Mapping[str, Callable[[Any], str]] = {
    "terms": _terms,
    "phrase": _phrases,
    "regex": _regex,
    "exchange": _exchange,
    "email": _email,
    "phone": _phone,
    "address": _address,
    "handle": _handle,
    "link": _link,
    "number": _number,
    "secret": _secret,
    "party": _party,
    "relevance": _relevance,
    "shape": _shape,
}

# --- trees ----------------------------------------------------------------------------------------------------------


def says(tree: Tree) -> str:
    """What a tree looks for, as a noun phrase."""
    match tree:
        case Leaf(matcher):
            name = kind_of(matcher)
            return SAYS[name](matcher) if name in SAYS else KINDS[name].summary if name in KINDS else name
        case AnyOf(parts):
            return _any(parts)
        case AllOf(parts):
            several = sum(not isinstance(part, Not) for part in parts) > 1
            where = ", anywhere in the text" * several
            return _joined(parts, ", together with ") + where + _without(parts)
        case Near(distance, parts, ordered):
            between = f", followed {within(distance)} by " if ordered else f" {within(distance)} {_beside(distance)} "
            return _joined(parts, between) + _without(parts)
        case Count(at_least, part):
            return f"{_grouped(part)}, at least {at_least} times"
        case Not(part):
            return f"no sign of {_grouped(part)}"


def within(distance: Distance) -> str:
    """The distance of a `near` in words."""
    return f"in the same {distance.unit[:-1]}" if str(distance) == "a sentence" else f"within {distance}"


def _beside(distance: Distance) -> str:
    return "as" if str(distance) == "a sentence" else "of"


def _any(parts: Sequence[Tree]) -> str:
    if len(parts) == 1:
        return says(parts[0])
    said = list(dict.fromkeys(says(part) for part in parts))
    if len(said) > _SHOWN + 1:
        said = [*said[:_SHOWN], f"one of {len(said) - _SHOWN} further things"]
    return "; or ".join(said)


def _joined(parts: Sequence[Tree], first: str) -> str:
    """The parts that must be found: the first one, what joins it, and the others."""
    found = [_grouped(part) for part in parts if not isinstance(part, Not)]
    return found[0] + (first if found[1:] else "") + " and ".join(found[1:])


def _without(parts: Sequence[Tree]) -> str:
    absent = [_grouped(part.part) for part in parts if isinstance(part, Not)]
    return f", with no sign of {' nor of '.join(absent)} in the text" if absent else ""


def _grouped(tree: Tree) -> str:
    """A part of a longer phrase: what has parts itself stands in brackets, so that nobody joins them wrongly."""
    plain = isinstance(tree, Leaf) or (isinstance(tree, AnyOf) and len(tree.parts) == 1)
    return says(tree) if plain else f"({says(tree)})"


# --- rules ----------------------------------------------------------------------------------------------------------

_DOES = {
    Outcome.reject: "rejects feedback",
    Outcome.hold: "holds feedback for a person to decide",
    Outcome.nudge: "asks the author to think again",
    Outcome.allow: "lets feedback pass, and notes it,",
}
_SCOPES = {"match": "what was found touches", "sentence": "the same sentence holds", "text": "the text holds"}


def rule_sentence(rule: Rule, clauses: Mapping[str, str]) -> str:
    """The rule read back as one sentence: what it does, what it looks for, what excuses it, to whom it applies, its clause."""
    said = f"{_does(rule)} ({rule.category}) when it finds {says(rule.tree)}"
    if rule.excuses:
        said += ", unless " + ", or ".join(f"{_SCOPES[where]} {says(tree)}" for tree, where in rule.excuses)
    if facts := when_in_words(rule.when):
        said += f"; applies only where {listed(facts, 'and', shown=9)}"
    heading = clauses.get(rule.clause, "").split(":")[0]
    return f"{said}; clause {rule.clause}" + (f" ({heading})." if heading else ".")


def _does(rule: Rule) -> str:
    does = _DOES[rule.outcome]
    lead = {"draft": "Draft, not applied: ", "shadow": "On trial, changes nothing: "}.get(rule.status, "")
    return lead + does if lead else does[0].upper() + does[1:]


def when_in_words(when: Mapping[str, Any]) -> list[str]:
    """The facts that `when` asks for, each as a clause."""
    facts = []
    if "author" in when:
        facts.append(f"the author is the {when['author']}")
    if "rating" in when:
        least, most = when["rating"].get("min", 1), when["rating"].get("max", 5)
        facts.append(
            f"the rating is {least} {'star' if least == 1 else 'stars'}"
            if least == most
            else f"the rating is {least} to {most} stars"
        )
    if "locale" in when:
        facts.append(f"the locale is {listed(list(when['locale']), shown=8)}")
    contract = when.get("contract", {})
    if "known" in contract:
        facts.append(f"the contract is {'known' if contract['known'] else 'not known'}")
    if "title" in contract:
        facts.append(f"the contract's title holds `{contract['title']}`")
    if "ended_by" in contract:
        facts.append(f"the {contract['ended_by']} ended the contract")
    return facts
