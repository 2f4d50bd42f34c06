"""Feedback as the policy reads it."""

from __future__ import annotations

from dataclasses import replace

from ..model import Feedback
from ..policy import Policy, checked_feedback
from ..text import Document


def document_of(policy: Policy, feedback: str | Feedback) -> Document:
    """The document of the feedback, up to the length that the policy reads; raises `InputError` for unusable feedback."""
    checked = checked_feedback(feedback)
    return Document(replace(checked, text=checked.text[: policy.compiled.text_limit]))
