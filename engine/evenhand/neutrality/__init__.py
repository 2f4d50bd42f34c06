"""Evidence that content rules treat praise and criticism, authors and groups of people alike."""

from __future__ import annotations

from .report import as_html, as_plain, in_words, made, write
from .run import Evidence, Options, neutrality

__all__ = ["Evidence", "Options", "as_html", "as_plain", "in_words", "made", "neutrality", "write"]
