"""Words that a whole text disguises: what is restored, what is left alone, and what keys say."""

from __future__ import annotations

import pytest

import evenhand as ev
from evenhand.restoring import Vocabulary, sound
from evenhand.shorthand import Shorthand
from evenhand.text import Document

WORDS = (
    "review contract fake brother account hired freelancer stars deal thats promised gift scratch money yours paid client knock"
    " discount private profile letter five honest crippled"
).split()
TABLE = Shorthand({"rvw": "review", "ppl": "people"}, {}, (), ("review",), tuple(WORDS[1:]))


def read(text: str, table: Shorthand = TABLE) -> str:
    written = table.of_document(Document(ev.Feedback(text)))
    return written.view.string if written else "-"


@pytest.mark.parametrize(
    ("text", "restored"),
    [
        # vowels masked: one word is enough
        ("A fr**lanc*r I h*r*d", "a freelancer i hired"),
        ("my s*cond acc##nt", "my second account"),
        ("an h*nest r*v**w rvw", "an honest review review"),
        ("ppl, cr*ppl*d", "people, crippled"),
        # in pieces
        ("a fr-ee-lanc_er?", "a freelancer?"),
        ("pro.mi.sed pri|vate", "promised private"),
        # in pieces, with signs for letters; other words with signs beside them
        ("prom1.sed m0ney", "promised money"),
        ("rvw 4 m0ney, 4 st4rs", "review 4 money, 4 stars"),
        # several in pieces: short ones too; and words of letters apart beside them
        ("fa/ke con-tract, g.i.f.t, mon-ey", "fake contract, gift, money"),
        # letters swapped: two words at least
        ("A fkae cnotract.", "a fake contract."),
        ("He porimsed a gfit", "he promised a gift"),
        # run together: three words at least
        ("fivefromme, thatsthedeal", "five from me, thats the deal"),
        ("THATSTHEDEAL", "thats the deal"),
        # by ear: several, in an English text
        ("yoo skrach my bakk an i get munny as yorz", "you scratch my back an i get money as yours"),
    ],
)
def test_restored(text: str, restored: str) -> None:
    assert read(text) == restored


@pytest.mark.parametrize(
    "text",
    [
        "One fkae word may be a slip.",
        "The dale and a feak of wind.",
        "A fa-ke one and two brand-new co-founders.",
        "2*4 and a*b, and C# or F#dev",
        "*great* work, **bold** claims",
        "f***ing and p***y show too little",
        "What is manageable is nonetheless satisfactorily described.",
        "A consideration of notifications, whatsoever.",
        "The heron and the reeds were drawn with kind care, and so was the county map.",
        "Herr Kruger kommt aus Wien und hat uns die Katze sehr gut gemalt.",
        "sealed",
        "step-by-step, state-of-the-art, and/or, with-out, p.r.o.m.i.s.e.d, e.g. or i.e., a.m.",
    ],
)
def test_left_alone(text: str) -> None:
    assert read(text) == "-"


def test_nothing_is_restored_where_no_word_is_listed() -> None:
    assert read("A fkae cnotract, fr**lanc*r", Shorthand({"rvw": "review"}, {})) == "-"


def test_places_are_those_of_the_text() -> None:
    text = "Ä fkae — cnotract"
    written = TABLE.of_document(Document(ev.Feedback(text)))
    assert written is not None
    assert [(text[start:end], short, long) for start, end, short, long in written.replaced] == [
        ("fkae", "fkae", "fake"),
        ("cnotract", "cnotract", "contract"),
    ]


def test_of_several_words_the_masked_are_listed_ones_and_the_others_common_ones() -> None:
    assert Vocabulary(["lick", "lack"]).restored("l*ck", frozenset({"l", "ck"})) == {"l*ck": "lick"}
    assert Vocabulary(["nobs", "nabs"]).restored("n*bs", frozenset()) == {"n*bs": "nobs"}
    assert Vocabulary(["thare"]).restored("fkae", frozenset({"fkae", "terhe"})) == {}
    assert Vocabulary(["three", "fake"]).restored("", frozenset({"fkae", "tehre"})) == {
        "fkae": "fake",
        "tehre": "there",
    }


@pytest.mark.parametrize(
    ("spelled", "word"),
    [
        ("munny", "money"), ("skrach", "scratch"), ("soshul", "social"), ("sekurity", "security"), ("numba", "number"), ("nock", "knock"),
        ("woz", "was"), ("wot", "what"), ("kwid", "quid"), ("joos", "jews"), ("abowt", "about"), ("kumming", "coming"), ("invoyce", "invoice"),
        ("rong", "wrong"), ("starz", "stars"), ("revizhun", "revision"), ("fyve", "five"),
    ],
)  # fmt: skip
def test_what_sounds_alike_has_one_key(spelled: str, word: str) -> None:
    assert sound(spelled) == sound(word)


@pytest.mark.parametrize(("one", "other"), [("money", "many"), ("yours", "years"), ("deck", "dock"), ("back", "bag")])
def test_what_sounds_otherwise_has_another(one: str, other: str) -> None:
    assert sound(one) != sound(other)


def test_what_is_remembered_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evenhand.restoring._REMEMBERED", 50)
    vocabulary = Vocabulary(WORDS)
    for number in range(400):
        assert vocabulary.restored("", frozenset({f"strange{number}", "cnotract", "fkae"})) == {
            "cnotract": "contract",
            "fkae": "fake",
        }
    assert vocabulary._meant.cache_info().currsize == 50
