"""Pages that need nothing else: one HTML file from a template, with the style that all of them share."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from .errors import InputError


def page(package: str, template: str, **values: Any) -> str:
    """The page that a template of a package makes of the values; raises `InputError` when jinja2 is not installed."""
    try:
        from jinja2 import Environment
        from markupsafe import Markup
    except ModuleNotFoundError:
        raise InputError("`jinja2` is not installed; pip install 'evenhand[audit]'") from None
    source = (files(package) / template).read_text(encoding="utf-8")
    style = Markup((files("evenhand") / "page.css").read_text(encoding="utf-8"))
    return (
        Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
        .from_string(source)
        .render(style=style, **values)
    )
