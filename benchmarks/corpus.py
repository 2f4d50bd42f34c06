"""The texts of a benchmark: a sample of a file of JSON lines, or feedback made up from a seed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path


def sample(path: Path, count: int) -> list[str]:
    """So many texts of a file of JSON lines with `text`, in an order that does not depend on the file's."""
    texts = [text for line in path.read_text(encoding="utf-8").splitlines() if line.strip() if (text := _text(line))]
    if not texts:
        raise SystemExit(f'`{path}` holds no line with a `text`; pass a file of JSON lines such as {{"text": "..."}}')
    random.Random(0).shuffle(texts)
    return texts[:count]


def _text(line: str) -> str:
    try:
        row = json.loads(line)
    except ValueError:
        return ""
    text = row.get("text") if isinstance(row, dict) else None
    return text if isinstance(text, str) else ""


# --- made up --------------------------------------------------------------------------------------------------------

_FILL = {
    name: tuple(words.split("|"))
    for name, words in {
        "who": "he|she|they|the freelancer|the client|this team|our developer|the designer|the translator|the agency",
        "work": "website|landing page|logo|mobile app|translation|product video|data pipeline|newsletter|online shop|"
        "bookkeeping|voice-over|brochure|dashboard|search index|market study",
        "good": "careful|patient|quick|friendly|thorough|precise|inventive|reliable|honest|organised",
        "bad": "late|careless|slow|vague|unprepared|hard to reach|short of time|disorganised",
        "when": "on 14 March|in two weeks|within 48 hours|three days early|by the end of May|a week late|on 2026-02-11",
        "sum": "$350|1,200 EUR|40 dollars an hour|a fixed price of 2,500 USD|15% more than quoted|half the budget",
        "tool": "Figma|Python 3.11|WordPress|Excel|React|PostgreSQL 16|Premiere|our style guide|the staging server",
    }.items()
}
_CLEAN = (
    "The {work} was delivered {when} and looks exactly as we agreed.",
    "Working with {who} on the {work} was a pleasure: {good}, {good} and always one step ahead.",
    "Communication was {good}, although the first draft of the {work} came {when}.",
    "I paid {sum} for the {work}, which I think is fair for the quality.",
    "Unfortunately {who} was {bad} and the {work} had to be redone twice.",
    "We needed {tool} for this and it was no problem at all.",
    "Out of 24 tasks 22 were finished {when}; the other two we dropped together.",
    "Asked many good questions before starting on the {work}, then simply got it done.",
    "The code was hard to read and half of the tests failed, so I would not hire again.",
    "Great attention to detail!! Even the small things in the {work} were right.",
    "Clear brief, quick answers, prompt payment. A {good} client who knows what a {work} takes.",
    "The scope grew from 3 pages to 11 without a word about {sum}.",
    "My rating would be 4.5 if that were possible, only because it took longer than planned.",
    "He killed every bug on our list and explained the fixes in {tool} step by step.",
    "The time zone (UTC+8) was never a problem; calls were held {when}.",
    "Honestly, the outcome is not what was promised, and my questions were answered {when} at best.",
)
_OTHER = (
    "Un trabajo excelente: rápido, claro y muy profesional, volveré a contratar sin dudarlo.",
    "Sehr zuverlässig, die Übersetzung war pünktlich fertig und präzise – gerne wieder.",
    "Très bonne communication, délais respectés, je recommande. 👍",
    "Great work — “pixel perfect”, as promised… thanks a lot 🙏🎉",
    "Отличная работа, всё сделано в срок и очень аккуратно.",
)
_BAD = (
    "What an idiot, this {work} is complete bullshit.",
    "Next time write to me directly, jo.parker{count} at gmail dot com, it is cheaper.",
    "Call me on +1 503 555 01{count} and we skip the fee.",
    "I gave you five stars, now please give me five stars as well.",
    "Refund {sum} or my review will be one star.",
    "The password of the {tool} account is Maple!River{count}, have a look yourself.",
)


def made_up(count: int, seed: int = 7) -> list[str]:
    """So many feedback texts of about 250 characters: 8 % with other letters than ASCII, 4 % that break the policy."""
    chance = random.Random(seed)
    return [_feedback(chance) for _ in range(count)]


def _feedback(chance: random.Random) -> str:
    wanted = max(40, int(chance.gauss(230, 110)))
    kind = chance.random()
    parts = [_filled(chance, _BAD)] if kind < 0.04 else [chance.choice(_OTHER)] if kind < 0.12 else []
    while sum(map(len, parts)) < wanted:
        parts.append(_filled(chance, _CLEAN))
    chance.shuffle(parts)
    return " ".join(parts)


def _filled(chance: random.Random, templates: tuple[str, ...]) -> str:
    template = chance.choice(templates)
    filling = {name: chance.choice(words) for name, words in _FILL.items()}
    return template.format(count=chance.randint(10, 99), **filling)


def clean_ascii(length: int, count: int = 40) -> Iterator[str]:
    """Texts of exactly so many ASCII characters that nothing is wrong with."""
    chance = random.Random(length)
    for _ in range(count):
        text = ""
        while len(text) < length:
            text += _filled(chance, _CLEAN) + " "
        yield text[:length].rpartition(" ")[0].ljust(length)  # half a word may be another word
