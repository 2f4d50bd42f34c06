"""Where a template may end, the preferred end first; that both engines find the same is shown in test_engine.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reference
from evenhand.fitting import fitting
from evenhand.phrases import Choice, Gap, Node, Row, Word, read_phrase


@pytest.mark.parametrize(
    ("template", "text", "found"),
    [
        ("a", "a", [1]),
        ("a", "b", []),
        ("a*", "ab", [1]),
        ("a b", "a", []),
        ("a ..2 b", "a b x b", [2, 4]),  # a gap is as short as can be
        ("a [b]", "a b", [2, 1]),  # what is optional is taken where it stands
        ("(a|a b|a b c)", "a b c", [3, 2, 1]),  # the longest first, however they are written
        ("(a|a b) (b c|c)", "a b c", [3]),
        ("(a b|a ..3 c)", "a b c", [3, 2]),  # a branch with a gap before the others
        ("(a ..1 c|a ..3 d)", "a c d", [3, 2]),  # of these the one of more words
        ("(a|b*) x", "bcd x", [2]),
        ("[a] [b] c", "c", [1]),
    ],
)
def test_ends_come_in_order_of_preference(template: str, text: str, found: list[int]) -> None:
    assert list(fitting(read_phrase(template).node)(text.split(), 0)) == found


WORDS = st.sampled_from(["a", "b", "ab", "c"])


def nodes() -> st.SearchStrategy[Node]:
    leaves = st.builds(Word, WORDS, st.booleans()) | st.builds(Gap, st.integers(1, 3))
    return st.recursive(
        leaves,
        lambda inner: (
            st.builds(Row, st.lists(inner, max_size=3).map(tuple))
            | st.builds(Choice, st.lists(inner, min_size=1, max_size=3).map(tuple))
        ),
        max_leaves=8,
    )


@given(nodes(), st.lists(WORDS, max_size=6), st.integers(0, 6))
def test_trying_everything_gives_the_same_ends_in_the_same_order(node: Node, words: list[str], at: int) -> None:
    at = min(at, len(words))
    assert list(fitting(node)(words, at)) == list(dict.fromkeys(reference.ends(node, words, at, str)))
