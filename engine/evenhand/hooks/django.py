"""Django: a validator for text fields, and a system check that the policy loads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.core import checks
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.deconstruct import deconstructible

from ..errors import EvenhandError, InputError, PolicyError
from ..model import Feedback
from .telling import messages, outcome_of, policy_of, refused


@deconstructible
class FeedbackValidator:
    """Refuses text with a finding at least as hard as `fail_on`; `policy` is the path of a policy (None: the shipped one).

    The policy is loaded at the first text, so that migrations and forms can be imported without it. Validators run in
    `full_clean()` and in forms, never in `save()`, `create()` and `bulk_create()`. Raises `ValidationError`.
    """

    def __init__(self, policy: str | None = None, fail_on: str = "reject") -> None:
        if policy is not None and not isinstance(policy, str):
            raise InputError("`policy` is no path; pass a `str`, which a migration can hold, or None")
        self.policy = policy
        self.fail_on = str(outcome_of(fail_on))

    def __call__(self, value: str) -> None:
        """Checks the text; the messages are in the active locale where the policy has them in it."""
        locale = translation.to_locale(translation.get_language() or "en").replace("_", "-")
        try:
            findings = refused(policy_of(self.policy), Feedback(value, locale=locale), outcome_of(self.fail_on))
        except InputError as error:
            raise ValidationError(str(error), code="unreadable") from None
        if findings:
            raise ValidationError([ValidationError(said, code="policy") for said in messages(findings)])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FeedbackValidator):
            return NotImplemented
        return (self.policy, self.fail_on) == (other.policy, other.fail_on)

    def __hash__(self) -> int:
        return hash((self.policy, self.fail_on))


def check_policy(policy: str | None = None) -> Callable[..., Sequence[checks.CheckMessage]]:
    """A system check that reports every problem of a policy with its place; register it in an app's `ready()`."""

    def check(app_configs: object = None, **kwargs: Any) -> Sequence[checks.CheckMessage]:
        try:
            policy_of(policy)
        except PolicyError as error:
            return [
                checks.Error(f"{each.place}: {each.message}", hint=each.hint or None, id="evenhand.E001")
                for each in error.problems
            ]
        except EvenhandError as error:
            return [checks.Error(str(error), id="evenhand.E002")]
        return []

    return check
