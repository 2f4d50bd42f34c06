"""evenhand: a moderation and policy rules engine for marketplace feedback."""

from __future__ import annotations

from .compile import ENGINE_VERSION as __version__
from .errors import EvenhandError, InputError, Place, PolicyError, Problem
from .gate import Gate
from .model import (
    Admission,
    Contract,
    Event,
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
    "load",
]
