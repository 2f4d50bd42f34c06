"""Hooks, each with its framework: what the policy refuses is refused, in the author's language, and never repeated."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import django
import httpx
import pydantic
import pytest
import sqlalchemy as sa
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.migrations.writer import MigrationWriter
from django.utils import translation
from fastapi import Depends, FastAPI
from sqlalchemy.orm import Session

import evenhand as ev
from evenhand.hooks.django import FeedbackValidator, check_policy
from evenhand.hooks.fastapi import checked_body
from evenhand.hooks.pydantic import FeedbackText

FOLDER = Path(__file__).parent / "policies" / "neutrality"
POLICY = str(FOLDER / "policies.yaml")
BROKEN = str(Path(__file__).parent / "policies" / "broken" / "policies.yaml")
PAGE = (Path(__file__).parent.parent / "docs" / "hooks.md").read_text(encoding="utf-8")
RUDE = "What an idiot, truly"
MILD = "A sloppy job"  # a nudge
INVOICE = "The invoice was wrong"  # a nudge, where the author is unhappy


def section(name: str) -> list[str]:
    """The blocks of code under a heading of the page."""
    (text,) = re.findall(rf"^## {name}$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def run(blocks: Sequence[str], names: dict[str, Any]) -> None:
    """Runs the page's code as it stands there, without what this module imports from the future."""
    for block in blocks:
        exec(compile(block, "docs/hooks.md", "exec", dont_inherit=True), names)


@pytest.fixture(scope="module", autouse=True)
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A Django project with one application."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "shop").mkdir()
    (folder / "shop" / "__init__.py").write_text("")
    sys.path.insert(0, str(folder))
    memory = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    settings.configure(USE_I18N=True, INSTALLED_APPS=["shop"], DATABASES={"default": memory})
    django.setup()
    yield
    sys.path.remove(str(folder))


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's code loads `policies.yaml` from the working directory."""
    monkeypatch.chdir(FOLDER)


# --- Django ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Please leave that out."),
        ("es", "Deje eso fuera."),
        ("es-mx", "Deje eso fuera."),
        ("de", "Please leave that out."),
    ],
)
def test_django_messages_are_in_the_active_locale(language: str, expected: str) -> None:
    validator = FeedbackValidator(policy=POLICY)
    with translation.override(language), pytest.raises(ValidationError) as refused:
        validator(RUDE)
    assert refused.value.messages == [expected]
    assert refused.value.error_list[0].code == "policy"
    validator("Great work")


def test_django_refuses_from_the_outcome_asked_for() -> None:
    FeedbackValidator(policy=POLICY, fail_on="hold")(MILD)
    with pytest.raises(ValidationError):
        FeedbackValidator(policy=POLICY, fail_on="nudge")(MILD)
    with pytest.raises(ValidationError, match="lone surrogate"):
        FeedbackValidator(policy=POLICY)("\ud800")


def test_django_validator_can_be_migrated() -> None:
    validator = FeedbackValidator(policy=POLICY, fail_on="hold")
    written, imports = MigrationWriter.serialize(validator)
    assert written == f"evenhand.hooks.django.FeedbackValidator(fail_on='hold', policy={POLICY!r})"
    names: dict[str, Any] = {}
    exec("\n".join(imports), names)
    again = eval(written, names)
    assert again == validator and hash(again) == hash(validator)
    assert again != FeedbackValidator(policy=POLICY)
    with pytest.raises(ev.InputError, match="`fail_on` is 'never'"):
        FeedbackValidator(fail_on="never")


def test_django_model_of_the_page() -> None:
    names: dict[str, Any] = {"__name__": "shop.models"}
    run(section("Django"), names)
    names["Review"](text="Great work").full_clean()
    with pytest.raises(ValidationError) as refused:
        names["Review"](text=RUDE).full_clean()
    assert refused.value.message_dict == {"text": ["Please leave that out."]}
    assert RUDE not in str(refused.value)


def test_django_check_reports_every_problem_with_its_place() -> None:
    assert check_policy(POLICY)() == []
    with pytest.raises(ev.PolicyError) as broken:
        ev.load(BROKEN)
    found = check_policy(BROKEN)()
    assert [each.msg for each in found] == [f"{each.place}: {each.message}" for each in broken.value.problems]
    assert {each.id for each in found} == {"evenhand.E001"}


# --- Pydantic -------------------------------------------------------------------------------------------------------


def test_pydantic_of_the_page_hides_the_text() -> None:
    names: dict[str, Any] = {}
    run(section("Pydantic"), names)
    review = names["Review"]
    assert review(text="Great work").text == "Great work"
    with pytest.raises(pydantic.ValidationError) as refused:
        review(text=RUDE)
    assert "idiot" not in str(refused.value)
    (error,) = refused.value.errors(include_input=False)
    assert "idiot" not in json.dumps(error)
    assert (error["type"], error["msg"]) == ("feedback_policy", "Please leave that out.")
    (finding,) = error["ctx"]["findings"]
    assert (finding["rule"], finding["start"], finding["end"]) == ("n.insult", 8, 13)


def test_pydantic_takes_policies_and_paths() -> None:
    loaded = pydantic.TypeAdapter(FeedbackText(ev.load(POLICY), locale="es"))
    with pytest.raises(pydantic.ValidationError, match="Deje eso fuera"):
        loaded.validate_python(RUDE)
    assert loaded.validate_python(MILD) == MILD
    with pytest.raises(pydantic.ValidationError, match="leave that out"):
        pydantic.TypeAdapter(FeedbackText(POLICY, fail_on="nudge")).validate_python(MILD)
    with pytest.raises(pydantic.ValidationError, match="valid string"):
        loaded.validate_python(7)
    with pytest.raises(pydantic.ValidationError):
        loaded.validate_python("\ud800")
    assert loaded.json_schema() == {"type": "string"}
    with pytest.raises(ev.PolicyError):
        FeedbackText(BROKEN)


# --- FastAPI --------------------------------------------------------------------------------------------------------


def asked(app: FastAPI, body: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            return await client.post("/reviews", content=body, headers=headers)

    return asyncio.run(ask())


@pytest.fixture(scope="module")
def app() -> FastAPI:
    names: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(FOLDER)
        run(section("FastAPI"), names)
    found = names["app"]
    assert isinstance(found, FastAPI)
    return found


def test_fastapi_answers_with_rule_span_and_message(app: FastAPI) -> None:
    assert asked(app, b'{"text": "Great work"}').json() == {"characters": 10}
    answer = asked(app, json.dumps({"text": RUDE, "rating": 1}).encode())
    assert answer.status_code == 422
    assert "idiot" not in answer.text
    assert answer.json()["detail"] == [
        {
            "loc": ["body", "text"],
            "type": "feedback_policy",
            "msg": "Please leave that out.",
            "rule": "n.insult",
            "category": "abuse",
            "outcome": "reject",
            "start": 8,
            "end": 13,
            "message": "Please leave that out.",
        }
    ]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "json_invalid"),
        (b"\xff", "json_invalid"),
        (b"[" * 100_000, "json_invalid"),
        (b"[]", "string_type"),
        (b'{"text": 7}', "string_type"),
        (b'{"text": "private \\ud800"}', "feedback_input"),
        (b'{"text": "private", "rating": 9}', "feedback_input"),
        (b'{"text": "private", "author": ["x"]}', "feedback_input"),
        (b'{"text": "private", "locale": 7}', "feedback_input"),
    ],
)
def test_fastapi_refuses_what_it_cannot_read(app: FastAPI, body: bytes, kind: str) -> None:
    answer = asked(app, body)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["type"] == kind
    assert "private" not in answer.text


def test_fastapi_speaks_the_language_that_is_accepted(app: FastAPI) -> None:
    body = json.dumps({"text": RUDE}).encode()
    answer = asked(app, body, {"accept-language": "es-MX,es;q=0.9"})
    assert answer.json()["detail"][0]["msg"] == "Deje eso fuera."
    answer = asked(app, json.dumps({"text": RUDE, "locale": "en"}).encode(), {"accept-language": "es"})
    assert answer.json()["detail"][0]["msg"] == "Please leave that out."


def test_fastapi_reads_the_facts_and_another_field() -> None:
    app = FastAPI()
    unhappy = Depends(checked_body(POLICY, fail_on="nudge", field="body"))
    app.post("/reviews", dependencies=[unhappy])(lambda: {"stored": True})
    assert asked(app, json.dumps({"body": INVOICE, "rating": 5}).encode()).status_code == 200
    assert asked(app, json.dumps({"body": INVOICE, "rating": 1}).encode()).status_code == 422
    with pytest.raises(ev.PolicyError):
        checked_body(BROKEN)


# --- SQLAlchemy -----------------------------------------------------------------------------------------------------


def test_sqlalchemy_stores_both_or_neither() -> None:
    names: dict[str, Any] = {"__name__": "recipe"}
    run(section("SQLAlchemy"), names)
    engine, review, decision, submit = (names[each] for each in ("engine", "Review", "Decision", "submit"))
    with Session(engine) as session, session.begin():
        submit(session, ev.Feedback(INVOICE, rating=1))
        submit(session, ev.Feedback(RUDE))
    with pytest.raises(RuntimeError), Session(engine) as session, session.begin():
        submit(session, ev.Feedback("Good work"))
        session.flush()
        raise RuntimeError("the power went")
    with Session(engine) as session:
        assert session.scalars(sa.select(review.text).order_by(review.id)).all() == ["Great work", INVOICE]
        kept = session.execute(sa.select(decision.outcome, decision.review_id).order_by(decision.id)).all()
        assert [tuple(each) for each in kept] == [("allow", 1), ("nudge", 2), ("reject", None)]
        assert session.scalars(sa.select(decision.findings)).all()[2] == [{"rule": "n.insult", "start": 8, "end": 13}]
    engine.dispose()


# --- lightness ------------------------------------------------------------------------------------------------------


def test_importing_evenhand_imports_no_framework() -> None:
    program = (
        "import sys, evenhand, evenhand.cli, evenhand.hooks; print(*{name.partition('.')[0] for name in sys.modules})"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert not {"django", "pydantic", "fastapi", "starlette", "sqlalchemy"} & set(ran.stdout.split())
