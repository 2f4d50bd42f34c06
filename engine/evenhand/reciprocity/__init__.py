"""Feedback building in the history: pairs and groups of people who trade good feedback, with evidence for a reviewer."""

from __future__ import annotations

from .run import Options, Rings, rings

__all__ = ["Options", "Rings", "rings"]
