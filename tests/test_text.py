"""Views: what each folding does, and that every view maps back to the author's characters."""

from __future__ import annotations

import pytest
from hypothesis import example, given

from evenhand.model import Feedback
from evenhand.text import BARE_KEY, Document, View, Words, bare_key, fold, spell_digits, undisguise
from strategies import texts

FOLDED = [
    ("ÉCOLE Straße", "ecole strasse"),
    ("ＦＵＬＬ width ①②", "full width 12"),
    ("ﬁne ﬂow", "fine flow"),
    ("e\u0301a\u200bb\u00ad", "eab"),
    ("fuсk тhаt", "fuck that"),  # Cyrillic in Latin words
    ("сука блять", "сука блять"),  # Cyrillic stays itself
    ("Сергей Ёлкин", "сергеи елкин"),
    ("🇫🇺🇨🇰 🅰🅱 ⓐ 𝓯𝓾", "fuck ab a fu"),
    ("٣४５", "345"),
    ("“quoted” – it’s", '"quoted" - it\'s'),
    ("क्\u200dषमा", "क्षमा"),
    ("كـــوفي أحمد", "كوفي احمد"),
    ("5️⃣5️⃣", "55"),
    ("øłđ ᴀʙ", "old ab"),
    ("日本語", "日本語"),
    ("각", "각"),
]


@pytest.mark.parametrize(("text", "folded"), FOLDED)
def test_folded(text: str, folded: str) -> None:
    assert fold(text).string == folded


UNDISGUISED = [
    ("sh1t", "shit"),
    ("$hit a$$hole", "shit a$$hole".replace("$$", "ss")),
    ("fuuuuck", "fuck"),
    ("wh4tsapp t3legram", "whatsapp telegram"),
    ("s h 1 t", "s h i t"),
]


@pytest.mark.parametrize(("text", "plain"), UNDISGUISED)
def test_undisguised_meets_the_key(text: str, plain: str) -> None:
    view = undisguise(fold(text))
    assert view is not None
    assert view.string == " ".join(map(bare_key, plain.split()))


@pytest.mark.parametrize("text", ["5 min, 2nd, 10k, mp3", "Great work!", "1488 rows", "B2B and 3d", "$40 paid"])
def test_ordinary_numbers_are_no_disguise(text: str) -> None:
    view = undisguise(fold(text))
    assert view is None or view.string.replace(" ", "") == "".join(map(bare_key, text.lower().split()))


@pytest.mark.parametrize(
    ("text", "digits"),
    [("five five double oh", "5 5 00"), ("cinco uno", "5 1"), ("one of them", "1 of them"), ("пять семь", "5 7")],
)
def test_digits(text: str, digits: str) -> None:
    assert spell_digits(fold(text)).string == digits


def test_words_know_their_sentences() -> None:
    words = Words(fold("Good work. Add me on Telegram! U.S. office"))
    assert words.sentences == [0, 0, 1, 1, 1, 1, 2, 2, 2]
    assert words.string == " good work\x1f add me on telegram\x1f u s office "


def test_scripts_without_spaces_are_read_by_character() -> None:
    assert Words(fold("日本 ไทย")).words == ["日", "本", "ไ", "ท", "ย"]


@given(texts())
@example("e\u0301" * 3)
@example("\u0301")
@example("ﷺﬁ\u200b")
def test_views_map_back(text: str) -> None:
    document = Document(Feedback(text))
    for view in (document.folded, document.digits, document.undisguised):
        if view is not None:
            check_map(text, view)
    for words in (document.words, document.bare):
        if words is not None:
            check_words(text, words)


def check_map(text: str, view: View) -> None:
    last = 0
    for position in range(len(view.string)):
        start, end = view.span(position, position + 1)
        assert 0 <= start < end <= len(text)
        assert start >= last or view.span(position - 1, position)[0] == start
        last = start


def check_words(text: str, words: Words) -> None:
    assert len(words.words) == len(words.offsets) == len(words.sentences)
    for number, (word, offset) in enumerate(zip(words.words, words.offsets, strict=True)):
        assert words.string[offset : offset + len(word)] == word
        assert words.word_at(offset) == number
        start, end = words.span(number, number)
        assert 0 <= start < end <= len(text)


@given(texts())
def test_folding_is_stable(text: str) -> None:
    once = fold(text).string
    assert fold(once).string in (once, once.translate(BARE_KEY)) or not once.isascii()


def test_chain_names_every_folding() -> None:
    document = Document(Feedback("fuсk sh1iiit"))
    assert document.chain(0, 4) == "folded (Cyrillic с -> c)"
    assert document.chain(5, 12, "bare") == "leet (1 -> i), repeats (iii... -> i)"
    assert document.chain(0, 2) == "as written"
