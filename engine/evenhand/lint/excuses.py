"""Advice that the policy excuses, each with an owner and a reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from ..errors import nearest
from ..parsed import ParsedExcuse
from .advice import Advice


def excused(found: Iterable[Advice], excuses: Iterable[ParsedExcuse], checks: Collection[str]) -> Iterator[Advice]:
    """What is left of the advice, and the excuses that excuse nothing."""
    left = list(found)
    for excuse in excuses:
        kept = [advice for advice in left if not _covers(excuse, advice)]
        if len(kept) == len(left):
            yield _useless(excuse, checks)
        left = kept
    yield from left


def _covers(excuse: ParsedExcuse, advice: Advice) -> bool:
    file = advice.place.file.replace("\\", "/")
    about = excuse.rule in (advice.about, file) or file.endswith("/" + excuse.rule)
    return excuse.lint == advice.check and about


def _useless(excuse: ParsedExcuse, checks: Collection[str]) -> Advice:
    message = f"the excuse of {excuse.owner} from `{excuse.lint}` for `{excuse.rule}` excuses nothing"
    hint = "take it out"
    if excuse.lint not in checks:
        message, hint = f"no check is called `{excuse.lint}`", nearest(excuse.lint, checks)
    return Advice(excuse.place, "useless-excuse", message, hint, about=excuse.rule)
