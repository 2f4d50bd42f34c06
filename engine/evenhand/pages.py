"""Pages that need nothing else: one HTML file from a template, with the style that all of them share."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from .errors import InputError

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup


def page(package: str, template: str, **values: Any) -> str:
    """The page that a template of a package makes of the values; raises `InputError` when jinja2 is not installed."""
    made = _template(package, template)
    return made.render(style=_safe((files("evenhand") / "page.css").read_text(encoding="utf-8")), **values)


def part(package: str, template: str, **values: Any) -> Markup:
    """What stands in a page more than once, from a template of its own."""
    return _safe(_template(package, template).render(**values))


def _safe(text: str) -> Markup:
    from markupsafe import Markup

    return Markup(text)


def _template(package: str, name: str) -> Template:
    try:
        import jinja2  # noqa: F401
    except ModuleNotFoundError:
        raise InputError("`jinja2` is not installed; pip install 'evenhand[audit]'") from None
    return _compiled(package, name)


@cache
def _compiled(package: str, name: str) -> Template:
    from jinja2 import Environment

    source = (files(package) / name).read_text(encoding="utf-8")
    return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(source)
