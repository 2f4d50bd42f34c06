"""FastAPI: a dependency that answers 422 to a body whose text the policy refuses, without echoing it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from fastapi import HTTPException, Request
from starlette.concurrency import run_in_threadpool

from ..errors import InputError
from ..model import Feedback
from .telling import Given, messages, outcome_of, plain, policy_of, refused

_STATUS = 422  # starlette's names for it change


def checked_body(
    policy: Given = None, fail_on: str = "reject", field: str = "text"
) -> Callable[[Request], Awaitable[Feedback]]:
    """A dependency that gives the body's text (in `field` of a JSON object) as `Feedback` when it passes.

    Of the body it reads `field`, `author`, `rating` and `locale`, else the first language that the request accepts. Answers
    422 with the rule, the span (code points) and the message of each finding. Raises `PolicyError` at once for a policy
    that does not load.
    """
    loaded, mildest = policy_of(policy), outcome_of(fail_on)

    async def check(request: Request) -> Feedback:
        feedback = _feedback(await request.body(), field, request.headers.get("accept-language", ""))
        try:
            findings = await run_in_threadpool(refused, loaded, feedback, mildest)
        except InputError as error:  # these name a fact or a character's place, never the text
            raise _refusal(field, "feedback_input", str(error)) from None
        if findings:
            said = [
                {"loc": ["body", field], "type": "feedback_policy", "msg": " ".join(messages([each])), **shown}
                for each, shown in zip(findings, plain(findings), strict=True)
            ]
            raise HTTPException(_STATUS, said)
        return feedback

    return check


def _feedback(body: bytes, field: str, accepted: str) -> Feedback:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise _refusal(field, "json_invalid", "The body is no JSON.") from None
    if not isinstance(given, Mapping) or not isinstance(given.get(field), str):
        raise _refusal(field, "string_type", f"The body must be an object with a text in `{field}`.")
    locale = given.get("locale") or accepted.partition(",")[0].partition(";")[0].strip()
    facts: dict[str, Any] = {name: given.get(name) for name in ("author", "rating")}
    feedback = Feedback(given[field], **facts)
    return replace(feedback, locale=locale) if locale and locale != "*" else feedback


def _refusal(field: str, kind: str, message: str) -> HTTPException:
    return HTTPException(_STATUS, [{"loc": ["body", field], "type": kind, "msg": message}])
