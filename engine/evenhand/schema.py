"""The JSON Schema of the policy language, assembled from the kinds' fragments; the loader checks files against it."""

from __future__ import annotations

from functools import cache
from typing import Any

from .gate import GATE_SCHEMA
from .kinds import KINDS
from .model import CATEGORIES, ROLES
from .phrases import TOLERANCES
from .thresholds import AUDIT_SCHEMA
from .tree import DISTANCE_PATTERN

DIALECT = "https://json-schema.org/draft/2020-12/schema"
STATUSES = {
    "draft": "not applied, only tested",
    "shadow": "applied, but its findings go to `verdict.shadow` and change nothing",
    "nudge": "the author is asked to think again",
    "hold": "a human decides",
    "enforce": "the outcome that policies.yaml gives to the category",
}
SCOPES = {
    "match": "the excuse touches what was found",
    "sentence": "the excuse stands in the same sentence",
    "text": "the excuse stands anywhere in the text",
}
_TEXT = {"type": "string", "minLength": 1}
_TEXTS = {"type": "array", "items": _TEXT, "minItems": 1}
_ID = {"type": "string", "pattern": r"^[a-z0-9]+(?:[.-][a-z0-9]+)*$"}
_DAY = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_LOCALE = r"^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$"


def _object(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _combinators() -> dict[str, Any]:
    nodes = {"type": "array", "items": {"$ref": "#/$defs/node"}, "minItems": 1}
    near = _object(
        ("within", "all"),
        within={
            "type": "string",
            "pattern": DISTANCE_PATTERN,
            "description": "`6 words`, `40 characters`, `sentence`.",
        },
        all={**nodes, "minItems": 2},
        ordered={"type": "boolean", "description": "Each part stands behind the one before it."},
    )
    count = _object(("at_least", "of"), at_least={"type": "integer", "minimum": 2}, of={"$ref": "#/$defs/node"})
    return {
        "any": {**nodes, "description": "Any one of these."},
        "all": {**nodes, "description": "All of these, anywhere in the text; the first is what is marked."},
        "not": {"$ref": "#/$defs/node", "description": "Inside `all` or `near`: this must not be found."},
        "near": {**near, "description": "All of these, near the first."},
        "count": {**count, "description": "This, several times."},
    }


COMBINATORS = tuple(_combinators())


def _node(extra: dict[str, Any], keys: int) -> dict[str, Any]:
    kinds = {kind.name: {"title": kind.summary, **kind.schema} for kind in KINDS.values()}
    return {
        "type": "object",
        "properties": {**_combinators(), **kinds, **extra},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": keys,
    }


_WHERE = {"enum": list(SCOPES), "description": "; ".join(f"{name}: {what}" for name, what in SCOPES.items())}
_MESSAGE = {
    "description": "What the author is told, by locale; `en` is used where there is none for the author's.",
    "type": "object",
    "propertyNames": {"pattern": _LOCALE},
    "additionalProperties": _TEXT,
    "minProperties": 1,
}
_SAMPLE = {
    "type": ["string", "object"],
    "minLength": 1,
    "properties": {
        "text": _TEXT,
        "author": {"enum": list(ROLES)},
        "rating": {"type": "integer", "minimum": 1, "maximum": 5},
        "locale": {"type": "string", "pattern": _LOCALE},
        "title": _TEXT,
        "counterparty": _object(name=_TEXT, email=_TEXT, phone=_TEXT, company=_TEXT),
        "known": _TEXTS,
    },
    "required": ["text"],
    "additionalProperties": False,
}
_SAMPLES = {"type": "array", "items": _SAMPLE}
_WHEN = _object(
    author={"enum": list(ROLES), "description": "Who wrote the feedback."},
    rating={
        **_object(
            min={"type": "integer", "minimum": 1, "maximum": 5}, max={"type": "integer", "minimum": 1, "maximum": 5}
        ),
        "minProperties": 1,
        "description": "Only these ratings; the rule must then state its `ground`.",
    },
    locale={**_TEXTS, "items": {"type": "string", "pattern": _LOCALE}, "description": "Only these locales."},
    contract={
        **_object(
            known={"type": "boolean"},
            title={**_TEXT, "description": "A phrase that the contract's title must hold."},
            ended_by={"enum": list(ROLES)},
        ),
        "minProperties": 1,
        "description": "What must be known of the contract.",
    },
)
_RULE = _object(
    ("id", "clause", "find"),
    id={**_ID, "description": "The rule's name: lower case, with dots and hyphens."},
    about={**_TEXT, "description": "One sentence for the people who maintain the rule."},
    category={"enum": list(CATEGORIES)},
    clause={**_ID, "description": "The clause of guidelines.md that the rule enforces."},
    status={"enum": list(STATUSES), "description": "; ".join(f"{name}: {what}" for name, what in STATUSES.items())},
    **{"from": {**_DAY, "description": "The first day on which it applies (UTC)."}},
    until={**_DAY, "description": "The last day on which it applies (UTC)."},
    rollout={
        "type": "number",
        "exclusiveMinimum": 0,
        "maximum": 100,
        "description": "Percent of feedback, chosen by its id, on which it counts; on the rest its findings are on trial.",
    },
    ground={**_TEXT, "description": "Why a rule may read the rating."},
    when={**_WHEN, "minProperties": 1, "description": "Facts of the feedback that must hold."},
    find={"$ref": "#/$defs/node", "description": "What to look for."},
    unless={
        "type": "array",
        "items": {"$ref": "#/$defs/excuse"},
        "minItems": 1,
        "description": "What excuses a match.",
    },
    message=_MESSAGE,
    reviewed={
        **_object(
            ("day", "by", "clause"),
            day={"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$", "description": "The day, in UTC."},
            by={**_TEXT, "description": "Who read the rule against its clause."},
            clause={
                "type": "string",
                "pattern": "^[0-9a-f]{8}$",
                "description": "The stamp of the clause's text at that time, as `evenhand explain ID` shows it.",
            },
        ),
        "description": "When the rule was last read against its clause; it wants reading again when the clause changes.",
    },
    tests=_object(hits=_SAMPLES, misses=_SAMPLES),
)
_LISTS = {
    "type": "object",
    "additionalProperties": _TEXTS,
    "propertyNames": {"pattern": r"^[a-z0-9]+(?:[_-][a-z0-9]+)*$"},
}
_MACROS = {"type": "object", "additionalProperties": _TEXT}
_PACK = _object(
    ("pack", "category", "rules"),
    pack={**_ID, "description": "The name of the pack."},
    about=_TEXT,
    category={"enum": list(CATEGORIES), "description": "The category of its rules, where they name no other."},
    lists={**_LISTS, "description": "Words for `list:` and for `{list}` in phrases."},
    macros={**_MACROS, "description": "Templates for `<macro>` in phrases."},
    message=_MESSAGE,
    rules={"type": "array", "items": _RULE, "minItems": 1},
)
_GROUP = _object(
    (),
    about=_TEXT,
    language=_TEXT,
    severity={"enum": ["mild", "strong", "extreme"]},
    tolerate={"type": "array", "items": {"enum": list(TOLERANCES)}},
    terms=_TEXTS,
    source={
        "enum": ["better-profanity"],
        "description": "A word list of a library, taken in when the policy is built.",
    },
    containing={**_TEXTS, "description": "Only words of the source that hold one of these letters in a row."},
    but={**_TEXTS, "description": "Words of the source to leave out."},
    allowed={**_TEXTS, "description": "Phrases in which a term is innocent."},
)
_LEXICON = _object(
    ("lexicon", "groups"), lexicon=_ID, about=_TEXT, groups={"type": "array", "items": _GROUP, "minItems": 1}
)
_WORDS = _object((), about=_TEXT, lists=_LISTS, macros=_MACROS)
_SHORTHANDS = {"type": "object", "additionalProperties": _TEXT, "minProperties": 1}
_SHORTHAND = _object(
    ("shorthand",),
    about=_TEXT,
    shorthand={**_SHORTHANDS, "description": "What is texted, and the words it stands for: `rvw: review`."},
    unsure={**_SHORTHANDS, "description": "The same, read so only beside another shorthand: `n: and` (`u n me`)."},
    allowed={**_TEXTS, "description": "Words in a row in which a shorthand stands for itself: `u bolts`."},
    garbled={
        **_TEXTS,
        "description": "Words that are read cut in two, with a sign for a letter, or misspelt: `re view`, `rev*ew`, `reveiw`.",
    },
    restored={
        **_TEXTS,
        "description": "Words that are read too where a text masks, scrambles, joins or misspells several: `fkae cnotract`.",
    },
)
_IDENTITIES = _object(
    ("identities",),
    about=_TEXT,
    identities={
        "type": "object",
        "minProperties": 1,
        "description": "Kinds of groups of people, which rules must treat alike.",
        "additionalProperties": _object(
            ("forms", "groups"),
            forms={**_TEXTS, "description": "What the words of each group are, in their order."},
            capitals={**_TEXTS, "description": "Words that mean something else when written small."},
            names={"type": "boolean", "description": "Whether all words are names, which are written with a capital."},
            groups={
                "type": "object",
                "additionalProperties": _TEXTS,
                "minProperties": 2,
                "description": "The words of each group, one a form; `-` where it has none.",
            },
        ),
    },
)
_EXCEPTION = _object(
    ("id", "owner", "reason", "expires", "rules", "find", "test"),
    id=_ID,
    owner={**_TEXT, "description": "Who answers for it."},
    reason=_TEXT,
    expires={**_DAY, "description": "The last day it holds (UTC)."},
    rules={"type": "array", "items": _ID, "minItems": 1, "description": "The rules it excuses."},
    find={"$ref": "#/$defs/node", "description": "What excuses a match that it touches."},
    scope={
        **_object(
            contracts={**_TEXTS, "description": "Only feedback on these contracts, by `Contract.id`."},
            authors={**_TEXTS, "description": "Only feedback by these parties, by their ids in the contract."},
        ),
        "minProperties": 1,
        "description": "Whose feedback it is for (all).",
    },
    test={**_SAMPLE, "description": "A text that one of the rules would flag without the exception."},
)
_LINT_EXCUSE = _object(
    ("lint", "rule", "owner", "reason"),
    lint={**_ID, "description": "The check of `evenhand lint` whose remarks are excused."},
    rule={**_TEXT, "description": "The rule, list or exception they are about, or the file they stand in."},
    owner={**_TEXT, "description": "Who answers for it."},
    reason=_TEXT,
)
_OUTCOME = {"enum": ["allow", "nudge", "hold", "reject"]}
_POLICY = _object(
    ("policy", "guidelines", "packs", "outcomes"),
    policy={**_TEXT, "description": "The name of the policy."},
    guidelines={**_TEXT, "description": "The human policy, a heading a clause."},
    packs={**_TEXTS, "description": "Files of rules; `*` is allowed in the last part."},
    words={**_TEXTS, "description": "Files of shared lists and macros."},
    lexicons={**_TEXTS, "description": "Files of terms."},
    shorthand={**_TEXTS, "description": "Files of words as they are texted, which phrases read as written out."},
    protected={**_TEXTS, "description": "Files of texts that may never be rejected, JSON lines."},
    specimens={
        **_TEXT,
        "description": "The folder of texts that `evenhand specimens` makes from the rules, a file a pack.",
    },
    outcomes=_object(CATEGORIES, **dict.fromkeys(CATEGORIES, _OUTCOME)),
    messages=_object((), **dict.fromkeys(CATEGORIES, _MESSAGE)),
    regions={
        "type": "array",
        "items": {"type": "string", "pattern": "^[A-Z]{2}$"},
        "minItems": 1,
        "description": "Countries whose phone numbers are known without a country code.",
    },
    limits=_object(characters={"type": "integer", "minimum": 200, "maximum": 1_000_000}),
    gate=GATE_SCHEMA,
    audit=AUDIT_SCHEMA,
    exceptions={"type": "array", "items": _EXCEPTION},
    ledger={
        **_TEXT,
        "description": "The file in which `evenhand promote` keeps who moved which rule to which stage, and why.",
    },
    promotion=_object(
        shadow_days={"type": "integer", "minimum": 0, "description": "Days on trial before a rule may count (7)."},
        names={"type": "integer", "minimum": 1, "description": "People who must stand behind it (2)."},
    ),
    excuses={"type": "array", "items": _LINT_EXCUSE, "description": "Remarks of `evenhand lint` that may stand."},
)
_SHAPES = {
    "policy": _POLICY,
    "pack": _PACK,
    "lexicon": _LEXICON,
    "shorthand": _SHORTHAND,
    "identities": _IDENTITIES,
    "words": _WORDS,
}


@cache
def _shared() -> dict[str, Any]:
    return {"node": _node({}, 1), "excuse": _node({"where": _WHERE}, 2)}


def schema_of(shape: str) -> dict[str, Any]:
    """The schema of one shape of file: `policy`, `pack`, `lexicon`, `shorthand`, `identities` or `words`."""
    return {"$schema": DIALECT, "$defs": _shared(), **_SHAPES[shape]}


def language() -> dict[str, Any]:
    """The schema of the whole language: a file is known by the key that names it."""
    names = {name: name for name in ("policy", "pack", "lexicon", "shorthand", "identities")}
    branches: dict[str, Any] = {"$ref": "#/$defs/words"}
    for key, shape in reversed(names.items()):
        branches = {"if": {"required": [key]}, "then": {"$ref": f"#/$defs/{shape}"}, "else": branches}
    shapes = {name: dict(shape) for name, shape in _SHAPES.items()}
    return {"$schema": DIALECT, "title": "evenhand policy language", "$defs": {**_shared(), **shapes}, **branches}
