"""Texts for property tests: ordinary words, disguises, and the oddest corners of Unicode."""

from __future__ import annotations

from hypothesis import strategies as st

WORDS = (
    "add me on telegram text find reach whatsapp signal five stars five star feedback pay you great work never hire asshole fuck "
    "shit project the a and 4 $ 10 call plus one two three at dot com gmail john piece of worthless bot api"
).split()
DISGUISES = (
    "f u c k", "f.u.c.k", "f!u!c!k", "s-h-1-t", "fuuuck", "sh1t", "$hit", "a$$hole", "f*ck", "fu<k", "fr33", "d¡ck", "bltch", "fuсk", "ｆｕｃｋ", "🇫🇺🇨🇰", "ⓕuck", "fu\u200bck", "f́ück",
    "ʞɔnɟ", "uo ǝɯ ppɐ", "ʎɐd noʎ", "cyкa", "с0ка", "cу🙂ка", "fu🙂ck", "sh_it", "f*u-c.k", "f  u  c  k", "ᖴᑌᑕK", "ƒυ¢к",
    "tele gram", "te1egram", "whatsaaaapp", "w h a t s a p p", "сука", "ﬁve", "FUCK", "fuck.", "(fuck)", "piece, of\nshit",
    "٥٥٥", "5️⃣", "נקודה", "قذر", "हिंदी", "👩‍👩‍👧", "İ", "ß", "ﷺ", "\ufeff", "\u202e", "e\u0301\u0302", "아", "日本語", "ไทย", "\x00",
)  # fmt: skip
SHORTHAND = (
    "u", "ur", "rvw", "gonna", "plz", "n", "r", "going to", "review", "4 u", "4-u", "u n me", "r u", "5*", "5  ⭐", "w/", "u bolts",
    "a U", "u.s.", "ｕ", "u\u0301", "uि", "ＲＶＷ", "gonna text", "$4 u",
    "re view", "re.view", "rev🙂iew", "rev*ew", "reveiw", "b onus", "bo_nus",
    "gonig to", "satrs", "fvie", "p*y", "t*xt", "gr*#t", "r*t*ng", "willpayyou", "payyoufivestars", "fyve starz wiv gud raiting plees",
)  # fmt: skip
CODES = (
    "backwards", "rot13", "al revés", "cipher", "kcuf", "shpx", "elohssa", "margelet no em dda", "!tihs", "срать", "nqq zr ba gryrtenz",
    "moc.liamg@nhoj", "srats evif", "1210 555 305 1+", "u rof",
)  # fmt: skip
_PIECES = st.one_of(st.sampled_from(WORDS), st.sampled_from(DISGUISES), st.text(max_size=6))
_GAPS = st.sampled_from([" ", " ", " ", "  ", ", ", ". ", "! ", "\n", "-", "", "...", "/", "_"])


@st.composite
def texts(draw: st.DrawFn, more: tuple[str, ...] = ()) -> str:
    """A text of up to fourteen pieces, some of them of `more`; without surrogates, which are refused before anything looks at them."""
    pieces = st.one_of(st.sampled_from(more), _PIECES) if more else _PIECES
    parts = draw(st.lists(st.tuples(pieces, _GAPS), max_size=14))
    text = "".join(piece + gap for piece, gap in parts)
    return "".join(char for char in text if not 0xD800 <= ord(char) <= 0xDFFF)


def signs() -> st.SearchStrategy[str]:
    """A few letters among what stands for letters, in Latin and Cyrillic."""
    return st.text("abex 013-95@$!|+<€£×∂ъео.,'\"_~^=*é", max_size=8)


_FEW = (
    "pay",
    "me",
    "on",
    "a",
    "you",
    "feedback",
    "review",
    "great",
    "five stars",
    "five",
    "stars",
    "U",
    "rvw",
    "f.u.c.k",
    "h1re",
    "é",
)


def sentences() -> st.SearchStrategy[str]:
    """Many short sentences of few words."""
    pieces = st.tuples(st.sampled_from(_FEW), st.sampled_from([" ", " ", " ", ", ", ". ", "! ", "\n", ".) "]))
    return st.lists(pieces, max_size=24).map(lambda parts: "".join(word + gap for word, gap in parts))
