"""Audits of stored feedback: millions of rows, bounded memory, and a run that can be stopped and resumed."""

from __future__ import annotations

from .run import Audit, Options, audit

__all__ = ["Audit", "Options", "audit"]
