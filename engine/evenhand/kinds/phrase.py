"""Phrases: templates that staff write, matched over the words of the text so that punctuation and case never matter."""

from __future__ import annotations

from typing import Any

from ..errors import OptionError
from ..matcher import Kind, Matcher, Surroundings
from ..phrase_matcher import TOLERATED, build_phrases


def build(options: Any, surroundings: Surroundings) -> Matcher:
    """Builds the matcher for one template, a list of templates, or `{any: [...], tolerate: [...]}`."""
    mapping = options if isinstance(options, dict) else {"any": options}
    several = isinstance(mapping["any"], list)
    path = ("any",) if isinstance(options, dict) else ()
    templates = mapping["any"] if several else [mapping["any"]]
    try:
        phrases = build_phrases(templates, surroundings, path, mapping.get("tolerate", TOLERATED))
    except OptionError as error:
        if not several:
            error.path = error.path[:-1]
        raise
    return phrases if len(phrases.parts) > 1 else phrases.parts[0]


_TEMPLATES = {"type": ["string", "array"], "minLength": 1, "minItems": 1, "items": {"type": "string", "minLength": 1}}
SCHEMA = {
    "description": "Words in a row: `(a|b)`, `[optional]`, `{list}`, `<macro>`, a gap `..3`, `word*` for endings.",
    "type": ["string", "array", "object"],
    "minLength": 1,
    "minItems": 1,
    "items": {"type": "string", "minLength": 1},
    "properties": {
        "any": {**_TEMPLATES, "description": "One template or several, of which any one is enough."},
        "tolerate": {
            "description": "The disguises in which the phrase is found too (default: all).",
            "type": "array",
            "items": {"enum": list(TOLERATED)},
            "uniqueItems": True,
        },
    },
    "required": ["any"],
    "additionalProperties": False,
}
KIND = Kind("phrase", "words in a row, as a template", SCHEMA, build, 'phrase: "(add|text) me on {messenger}"')
