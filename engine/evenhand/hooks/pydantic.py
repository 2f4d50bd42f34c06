"""Pydantic: a type for text that the policy lets pass."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from ..errors import InputError
from ..model import Feedback
from .telling import Given, messages, outcome_of, plain, policy_of, refused


def FeedbackText(policy: Given = None, fail_on: str = "reject", locale: str = "en") -> Any:
    """A `str` without findings at least as hard as `fail_on`; `policy` is one that was loaded, or a path (None: the shipped).

    Errors are of type `feedback_policy`; message and context hold rules and spans, never the text. Pydantic itself adds
    the text to an error as its `input`: leave that out with `hide_input_in_errors` and `errors(include_input=False)`.
    Raises `PolicyError` at once for a policy that does not load.
    """
    loaded, mildest = policy_of(policy), outcome_of(fail_on)

    def check(text: str) -> str:
        try:
            findings = refused(loaded, Feedback(text, locale=locale), mildest)
        except InputError:
            raise PydanticCustomError("feedback_unreadable", "the text cannot be read as Unicode") from None
        if findings:
            context = {"message": " ".join(messages(findings)), "findings": list(plain(findings))}
            raise PydanticCustomError("feedback_policy", "{message}", context)
        return text

    return Annotated[str, AfterValidator(check)]
