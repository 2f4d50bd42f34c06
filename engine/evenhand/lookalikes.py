"""Look-alikes: letters of other scripts that pass for Latin ones, Latin ones that pass for Cyrillic, and letters upside down.

After Unicode's table of confusables (UTS #39) and what converters of text to "fancy" letters write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import regex


def _pairs(*several: str) -> dict[int, str]:
    """Pairs of letters written side by side, as a `str.translate` table."""
    return {ord(a): b for pairs in several for a, b in zip(pairs[::2], pairs[1::2], strict=True)}


# Letters that a reader takes for the Latin ones: a whole word of them may be a disguise.
_ALIKE = _pairs(
    "аaвbсcеeһhіiјjкkмmнhоoрpѕsтtуyхxԁdԛqԝwьbгrпnүyӏlззғf",  # Cyrillic
    "αaβbεeηnιiκkνvοoρpσoτtυuχxωwγyζz",  # Greek
    "օoոnսuհhյjզqցgաw",  # Armenian
    "ᎪaᎬeᎳwᎷmᎢtᏴbᏟcᎠdᎻhᎫjᏦkᏞlᏢpᏒrᏚsᏙvᏃz",  # Cherokee
    "ᗩaᗅaᗷbᑕcᑢcᗪdᗞdᑯdᗴeᘿeᗱeᖴfᖷfᘜgᕼhᑋhᒍjᐸkᒪlᗰmᘻmᑎnᘉnᗝoᓍoᑭpᑶpᑫqᕴqᖇrᖆrᔕsᓵsᔑsᖶtᑌuᑘuᕬuᐯvᗯwᘺw᙭xᕽx",  # Canadian syllabics
    "ⲁaⲃbⲉeⲍzⲏhⲓiⲕkⲙmⲛnⲟoⲡnⲣpⲥcⲧtⲩyⲭxⲱw",  # Coptic
    "ꓮaꓐbꓚcꓓdꓰeꓝfꓖgꓧhꓲiꓙjꓗkꓡlꓟmꓠnꓳoꓑpꓣrꓢsꓔtꓴuꓦvꓪwꓫxꓬyꓜz",  # Lisu
)
# Those that pass only among others that do.
_AMONG_OTHERS = _ALIKE | _pairs(
    "иnяrшwщwцuэeђhћhқkҡkҝkҟkӄkҳxҽeҿeѵvѡwҫcҭtұyңhєeґrԍgԑeӎmԧhԩhӡzѣb",
    "μuλaπnξeδdψwϲcϳj",
    "ևuղnքpֆs",
    "ყy",
    "ᎥiᏀgᎶgᎩyᏌuᎴsᏔwᎤwᎾoᏫo",
)
_CYRILLIC_OF = _pairs("aаbвcсeеhнiіjјkкmмoоpрtтxхyу")
# The scripts of all of them; `re` is five times as fast as `regex` at finding that a text has none.
_FOREIGN = re.compile(
    "[\u0370-\u058f\u10e7\u13a0-\u167f\u18b0-\u18ff\u1c80-\u1c8f\u1f00-\u1fff\u2c80-\u2cff\u2de0-\u2dff\ua4d0-\ua4ff\ua640-\ua69f\uab70-\uabbf]"
)
_SCRIPTS = tuple(
    regex.compile(rf"[\p{{{name}}}]")
    for name in ("Latin", "Cyrillic", "Greek", "Armenian", "Cherokee", "Canadian_Aboriginal", "Coptic", "Lisu")
)
_LATIN = re.compile("[a-z]")
_CYRILLIC = regex.compile(r"\p{Cyrillic}")
# A word with the signs for letters inside it: "ƒυ¢к" mixes scripts.
_WORD = regex.compile(r"[∂∩∪⊂]*+[\p{L}\p{M}\p{N}]++(?:[@$!|<€£¢¡§×∂∩∪⊂]++[\p{L}\p{M}\p{N}]++)*+")


def undo_lookalikes(folded: str) -> str:
    """A folded text with look-alikes turned into the letters they pass for, one character for one.

    That is done in words that mix scripts, and in words that could be Latin as a whole within a Latin text. A mixed word
    is Cyrillic where its other Cyrillic letters, or else the text, say so.
    """
    if not _FOREIGN.search(folded):
        return folded
    words = [word for word in _WORD.finditer(folded) if _FOREIGN.search(word[0])]
    latin = len(_LATIN.findall(folded))
    foreign = sum(len(word[0]) for word in words)
    cyrillic = len(_CYRILLIC.findall(folded)) > latin
    out, last = [], 0
    for word in words:
        table: Mapping[int, str] | None = None
        if sum(script.search(word[0]) is not None for script in _SCRIPTS) > 1:
            table = _CYRILLIC_OF if _is_cyrillic(word[0], among_cyrillic=cyrillic) else _AMONG_OTHERS
        elif latin > 2 * foreign and all(ord(char) in _ALIKE or not char.isalpha() for char in word[0]):
            table = _ALIKE
        if table is not None:
            out += [folded[last : word.start()], word[0].translate(table)]
            last = word.end()
    return "".join([*out, folded[last:]])


def _is_cyrillic(word: str, *, among_cyrillic: bool) -> bool:
    """Whether a word of Latin and other letters is Cyrillic with Latin ones put in."""
    letters = [char for char in word if char.isalpha()]
    if not all(ord(char) in _CYRILLIC_OF or _CYRILLIC.match(char) for char in letters):
        return False
    return among_cyrillic or any(_CYRILLIC.match(char) and ord(char) not in _ALIKE for char in letters)


# --- upside down ----------------------------------------------------------------------------------------------------

# What each letter is when the page is turned; the first half only exists to be read so.
_TELLING = _pairs("ɐaɟfƃgɥhɾjʞkɯmɹrʇtʌvʍwʎyᴉiℲfԀpᴚr⅄y")
_TURNED = _TELLING | _pairs("ɔcǝeıiƆcƎe∀a⊥t∩uqbbqpddpunnuoossxxzzllʃlןl")
_TELLING_LETTER = re.compile(f"[{''.join(map(chr, _TELLING))}]")
_TURNED_WORD = f"[{''.join(map(chr, _TURNED))}]+"
_TURNED_ROW = re.compile(rf"(?<!\w){_TURNED_WORD}(?:[ ,'˙¡¿‾]+{_TURNED_WORD}){{0,80}}(?!\w)")
_ENOUGH = 2  # different telling letters in a text: others write sounds with one of them, or a language with another


def upside_down(text: str) -> Iterator[tuple[int, int, str]]:
    """Rows of words that are written upside down, as (start, end, what they say)."""
    if not _TELLING_LETTER.search(text):
        return
    rows = [row for row in _TURNED_ROW.finditer(text) if _TELLING_LETTER.search(row[0])]
    if len({letter for row in rows for letter in _TELLING_LETTER.findall(row[0])}) >= _ENOUGH:
        for row in rows:
            yield row.start(), row.end(), row[0].translate(_TURNED)[::-1]
