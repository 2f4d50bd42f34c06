"""Views: what each folding does, and that every view maps back to the author's characters."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given

from evenhand.compile import DISGUISE_PATTERNS
from evenhand.disguise import BARE_KEY, bare_key, undisguise, undisguised_string
from evenhand.figures import runs
from evenhand.model import Feedback
from evenhand.prefilter import one_byte
from evenhand.text import Document
from evenhand.views import View, Words, fold
from strategies import signs, texts

FOLDED = [
    ("ÉCOLE Straße", "ecole strasse"),
    ("ＦＵＬＬ width ①②", "full width 12"),
    ("ﬁne ﬂow", "fine flow"),
    ("e\u0301a\u200bb\u00ad", "eab"),
    ("fuсk тhаt", "fuck that"),  # Cyrillic in Latin words
    ("сука блять", "сука блять"),  # Cyrillic stays itself
    ("cукa, eбaнyтый", "сука, ебанутыи"),  # Latin in Cyrillic words
    ("хороший мaстер", "хорошии мастер"),
    ("п’ять зв'язків, o'clock 'так'", "пять звязків, o'clock 'так'"),
    ("ƒυ¢к αѕѕнσℓє", "fu¢k asshole"),  # words that mix scripts other than Latin
    ("ᖴᑌᑕKing ⲟꓠe job ∂ιѕ¢συηт", "fucking one job ∂is¢ount"),
    ("an ᐃᓄᒃᑎᑐᑦ page", "an ᐃᓄᒃᑎᑐᑦ page"),
    ("the ʎɐpoʇ sɹǝʍolloɟ ʎnq, ok", "the buy followers today, ok"),
    ("ʎʇɟᴉɟ ǝɯ ʎɐd (turn it) and I ǝʇǝlǝp", "pay me fifty (turn it) and i delete"),
    ("ısırık ɛʋɛ ɖʊ kʌt", "isirik eve du kvt"),  # letters of languages and of sounds
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
    ("s h 1 t", "shit"),
    ("jacka55 fr33 fiv3", "jackass free five"),
    ("fu<k d¡ck", "fuck dick"),
    ("f!u!c!k s-h-1-t", "fuck shit"),
    ("@sshole @nal", "asshole anal"),
    ("п0лный пи3дец вз@имный", "полныи пиздец взаимныи"),
    ("s.h-i~t f  u  c  k", "shit fuck"),
    ("wo🔥rk st_ars di~sc~ount", "work stars discount"),
]


@pytest.mark.parametrize(("text", "plain"), UNDISGUISED)
def test_undisguised_meets_the_key(text: str, plain: str) -> None:
    view = undisguise(fold(text))
    assert view is not None
    assert view.string == " ".join(map(bare_key, plain.split()))


@pytest.mark.parametrize(
    "text",
    [
        "5 min, 2nd, 10k, mp3",
        "Great work!",
        "1488 rows",
        "B2B and 3d",
        "$40 paid",
        "6ft 150lbs 90rs",
        "5stars 777-300er",
    ],
)
def test_ordinary_numbers_are_no_disguise(text: str) -> None:
    view = undisguise(fold(text))
    assert view is None or view.string.replace(" ", "") == "".join(map(bare_key, text.lower().split()))


@pytest.mark.parametrize("text", ["thanks @united", "@southwestair is late", "by @americanair"])
def test_a_mention_is_no_disguise(text: str) -> None:
    assert undisguise(fold(text)) is None


@pytest.mark.parametrize(
    ("text", "word", "disguised"),
    [
        ("an idiot", "idiot", False),
        ("an 1diot", "idiot", True),
        ("an idiot and an 1diot", "idiot", True),
        ("soooo good, he knows the gods", "gods", False),
        ("$ass a$$", "as", True),
        ("f u c k this", "fuck", True),
    ],
)
def test_what_stands_there_plainly_is_not_disguised(text: str, word: str, disguised: bool) -> None:
    document = Document(Feedback(text))
    places = [at for at, each in enumerate(document.bare_flat.words) if each == bare_key(word)]
    assert any(document.may_be_disguised(at, 1) for at in places) is disguised


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("call five five double oh one two", ["5500" + "12"]),
        ("llama al cinco uno dos tres", ["5123"]),
        ("пять семь восемь девять", ["5789"]),
        ("٥٥٥ ١٢٣٤", ["5551234"]),
        ("5️⃣5️⃣ 5 1 2", ["55512"]),
        ("one of them", []),
    ],
)
def test_numbers_are_read_however_they_are_written(text: str, digits: list[str]) -> None:
    assert [run.digits for run in runs(Document(Feedback(text)))] == digits


def test_letters_set_apart_are_joined_by_their_own_sign() -> None:
    view = undisguise(fold("c.o.u.p.o.n f.o.r  f_i_v_e, e.g. a b, m.e. n-o"))
    assert view is not None
    assert (
        view.string == " ".join(map(bare_key, "coupon for".split())) + "  " + bare_key("five") + ", e.g. a b, me. n-o"
    )
    assert view.span(0, 6) == (0, 11)


@given(texts() | signs())
@example("f u c k")
@example("s\u0301 h_i_t ppp")
@example("don`t")
@example("6ля п0")
@example("е_е")
@example("×a $3x 5×a")
def test_every_disguise_shows_a_sign_that_the_scan_looks_for(text: str) -> None:
    """The scan decides whether the undisguised view is made at all, so it must miss nothing."""
    folded = fold(text).string
    signs = [re.compile(pattern.encode()) for pattern in DISGUISE_PATTERNS]
    if undisguised_string(folded) is not None:
        assert any(sign.search(one_byte(folded)) for sign in signs)


@given(texts())
def test_both_ways_to_undisguise_agree(text: str) -> None:
    view = undisguise(fold(text))
    assert (view.string if view else None) == undisguised_string(fold(text).string)


def test_words_know_their_sentences() -> None:
    words = Words(fold("Good work. Add me on Telegram! U.S. office"))
    assert words.sentences == [0, 0, 1, 1, 1, 1, 2, 2, 2]
    assert [words.stop(at) for at in range(9)] == [2, 2, 6, 6, 6, 6, 9, 9, 9]


def test_scripts_without_spaces_are_read_by_character() -> None:
    assert Words(fold("日本 ไทย")).words == ["日", "本", "ไ", "ท", "ย"]


@given(texts())
def test_numbers_map_back(text: str) -> None:
    document = Document(Feedback(text))
    for run in runs(document):
        start, end = document.folded.span(run.start, run.end)
        assert 0 <= start < end <= len(text)


@given(texts())
@example("e\u0301" * 3)
@example("\u0301")
@example("ﷺﬁ\u200b")
def test_views_map_back(text: str) -> None:
    document = Document(Feedback(text))
    for view in (document.folded, document.undisguised):
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
    assert len(words.words) == len(words.sentences)
    for number in range(len(words.words)):
        assert number < words.stop(number) <= len(words.words)
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
