"""What the schema of the language has against a file, in our words, each at its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from .errors import Problem, nearest
from .schema import schema_of
from .source import Source


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
