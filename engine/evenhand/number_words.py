"""Number words: the words of many languages that stand for digits and numbers, as they look in the folded view."""

from __future__ import annotations

# For each language the words for 0 to 9, folded; | parts several words for one digit.
_DIGITS = {
    "en": "zero|oh|nought|zerro one|wan|wun two|too three|tree four|fower|fore five|fife|fyve six|siks seven|sevn eight|ate|ait "
    "nine|niner|nyne",
    "es": "cero|zero uno|un|una dos tres cuatro cinco seis siete ocho nueve",
    "pt": "zero um|uma dois|duas tres quatro cinco seis|meia sete oito nove",
    "fr": "zero un|une deux trois quatre cinq six sept huit neuf",
    "it": "zero uno|un|una due tre quattro cinque sei sette otto nove",
    "de": "null eins|ein zwei|zwo drei vier funf|fuenf sechs sieben acht neun",
    "nl": "nul een twee drie vier vijf zes zeven acht negen",
    "pl": "zero jeden dwa trzy cztery piec szesc siedem osiem dziewiec",
    "tr": "sifir bir iki uc dort bes alti yedi sekiz dokuz",
    "id": "nol|kosong satu dua tiga empat lima enam tujuh delapan sembilan",
    "tl": "zero|sero wan|isa tu|dalawa tri|tatlo por|apat payb|lima siks|anim sebn|seben|pito eyt|walo nayn|siyam",
    "hi": "shunya|sunya|zero ek|one do|two teen|tin|three char|chaar|four paanch|panch|five chhe|chhah|cheh|six "
    "saat|sat|seven aath|ath|eight nau|nao|nine",
    "ru": "ноль|нуль один|одна два|две три четыре пять шесть семь восемь девять",
    "uk": "нуль один|одна два|двi|дві три чотири пять шiсть|шість сiм|сім вiсiм|вісім девять",
    "ar": "صفر واحد|واحده اثنان|اثنين ثلاثه|تلاته اربعه خمسه سته سبعه ثمانيه|تمانيه تسعه",
    "hi-deva": "शून्य एक दो तीन चार पांच|पाँच छह|छः सात आठ नौ",
    "zh": "零|〇 一|幺|壹 二|两 三|叁 四|肆 五|伍 六|陆 七|柒 八|捌 九|玖",
}
# What stands for more than one digit.
_LARGER = {
    "en": "ten:10 eleven:11 twelve:12 thirteen:13 fourteen:14 fifteen:15 sixteen:16 seventeen:17 eighteen:18 "
    "nineteen:19 twenty:20 thirty:30 forty:40 fourty:40 fifty:50 sixty:60 seventy:70 eighty:80 ninety:90",
    "es": "diez:10 doce:12 trece:13 catorce:14 quince:15 dieciseis:16 diecisiete:17 dieciocho:18 diecinueve:19 "
    "veinte:20 veintiuno:21 veintidos:22 veintitres:23 veinticuatro:24 veinticinco:25 veintiseis:26 veintisiete:27 "
    "veintiocho:28 veintinueve:29 treinta:30 cuarenta:40 cincuenta:50 sesenta:60 setenta:70 ochenta:80 noventa:90",
    "pt": "dez:10 onze:11 doze:12 treze:13 catorze:14 quatorze:14 quinze:15 dezesseis:16 dezassete:17 dezessete:17 "
    "dezoito:18 dezenove:19 vinte:20 trinta:30 quarenta:40 cinquenta:50 sessenta:60 setenta:70 oitenta:80 noventa:90",
    "fr": "dix:10 onze:11 douze:12 treize:13 quatorze:14 quinze:15 seize:16 vingt:20 vingts:20 trente:30 quarante:40 "
    "cinquante:50 soixante:60 septante:70 huitante:80 nonante:90",
    "it": "dieci:10 undici:11 dodici:12 tredici:13 quattordici:14 quindici:15 sedici:16 diciassette:17 diciotto:18 "
    "diciannove:19 venti:20 trenta:30 quaranta:40 cinquanta:50 sessanta:60 settanta:70 ottanta:80 novanta:90",
    "de": "zehn:10 elf:11 zwolf:12 dreizehn:13 vierzehn:14 funfzehn:15 sechzehn:16 siebzehn:17 achtzehn:18 "
    "neunzehn:19 zwanzig:20 dreissig:30 vierzig:40 funfzig:50 sechzig:60 siebzig:70 achtzig:80 neunzig:90",
    "nl": "tien:10 elf:11 twaalf:12 twintig:20 dertig:30 veertig:40 vijftig:50 zestig:60 zeventig:70 tachtig:80 "
    "negentig:90",
    "pl": "dziesiec:10 jedenascie:11 dwanascie:12 trzynascie:13 czternascie:14 pietnascie:15 szesnascie:16 "
    "siedemnascie:17 osiemnascie:18 dziewietnascie:19 dwadziescia:20 trzydziesci:30 czterdziesci:40 piecdziesiat:50 "
    "szescdziesiat:60 siedemdziesiat:70 osiemdziesiat:80 dziewiecdziesiat:90 dwiescie:200 trzysta:300 czterysta:400 "
    "piecset:500 szescset:600 siedemset:700 osiemset:800 dziewiecset:900",
    "tr": "yirmi:20 otuz:30 kirk:40 elli:50 altmis:60 yetmis:70 seksen:80 doksan:90 yuz:100",
    "uk": "десять:10 одинадцять:11 дванадцять:12 тринадцять:13 чотирнадцять:14 пятнадцять:15 шістнадцять:16 сімнадцять:17 "
    "вісімнадцять:18 девятнадцять:19 двадцять:20 тридцять:30 сорок:40 пятдесят:50 шістдесят:60 сімдесят:70 вісімдесят:80 "
    "девяносто:90 сто:100 двісті:200 триста:300 чотириста:400 пятсот:500 шістсот:600 сімсот:700 вісімсот:800 девятсот:900",
    "ru": "десять:10 одиннадцать:11 двенадцать:12 тринадцать:13 четырнадцать:14 пятнадцать:15 шестнадцать:16 "
    "семнадцать:17 восемнадцать:18 девятнадцать:19 двадцать:20 тридцать:30 сорок:40 пятьдесят:50 шестьдесят:60 "
    "семьдесят:70 восемьдесят:80 девяносто:90 сто:100 двести:200 триста:300 четыреста:400 пятьсот:500 шестьсот:600 "
    "семьсот:700 восемьсот:800 девятьсот:900",
}
_GERMAN_TENS = {
    f"{stem}ig": 10 * n for n, stem in enumerate("zwanz dreiss vierz funfz sechz siebz achtz neunz".split(), 2)
}
TIMES = {"double": 2, "triple": 3, "doble": 2, "doppel": 2}
WITHIN_A_NUMBER = frozenset({"", "-", "y", "e", "et", "und"})  # forty-nine, treinta y cuatro
HUNDRED = frozenset({"yuz", "hundred"})

# Words of ordinary language too: they are figures only beside a number word that is not.
ORDINARY = frozenset(
    "do por tu tree sei un una um uma ein een une ate wan isa bir saat sat tin teen char one due tres sept acht lima "
    "ath".split()
)
# Too common to start a search by themselves; any spelled-out number has others.
COMMON = frozenset("one two three oh ate sat do un una um uma ein een une due por один одна два две".split())


def _number_words() -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = {}
    for language, line in _DIGITS.items():
        table[language] = {word: digit for digit, words in enumerate(line.split()) for word in words.split("|")}
        for pair in _LARGER.get(language, "").split():
            word, _, value = pair.partition(":")
            table[language][word] = int(value)
    units = {word: value for word, value in table["de"].items() if 0 < value < 10}
    table["de"] |= {f"{unit}und{ten}": n + value for unit, value in units.items() for ten, n in _GERMAN_TENS.items()}
    return table


BY_LANGUAGE = _number_words()
VALUES: dict[str, int] = {word: value for words in reversed(BY_LANGUAGE.values()) for word, value in words.items()}
VALUES["hundred"] = 100
# Number words that people mix with numerals (4one5, five 5 five): digits of the languages in which that is seen.
MIXED = frozenset(
    word
    for language in ("en", "es", "pt", "fr", "de", "id")
    for word, value in BY_LANGUAGE[language].items()
    if value < 10 and len(word) > 2 and word not in COMMON - {"one", "two", "three"}
)
