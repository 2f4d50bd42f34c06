"""evenhand: a moderation and policy rules engine for marketplace feedback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .cache import ENGINE_VERSION as __version__
from .errors import EvenhandError, InputError, Place, PolicyError, Problem
from .gate import Gate
from .model import (
    Admission,
    Contract,
    Event,
    Excused,
    Feedback,
    Finding,
    LatePermission,
    Outcome,
    Party,
    Ruling,
    Submission,
    Verdict,
)
from .policy import Policy, load

__all__ = [
    "Admission",
    "Contract",
    "EvenhandError",
    "Event",
    "Excused",
    "Feedback",
    "Finding",
    "Gate",
    "InputError",
    "LatePermission",
    "Outcome",
    "Party",
    "Place",
    "Policy",
    "PolicyError",
    "Problem",
    "Ruling",
    "Submission",
    "Verdict",
    "__version__",
    "judge_batches",
    "load",
    "rings",
    "statement",
    "watch",
]

_LATE = {"judge_batches": "columns", "rings": "reciprocity", "statement": "reasons", "watch": "watched"}

if TYPE_CHECKING:
    from .columns import judge_batches
    from .reasons import statement
    from .reciprocity import rings
    from .watched import watch


def __getattr__(name: str) -> Any:
    """What not every program needs, or needs Arrow, is imported when it is asked for."""
    if name in _LATE:
        from importlib import import_module

        return getattr(import_module(f".{_LATE[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
