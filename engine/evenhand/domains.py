"""Host names: which suffixes are public, and what stands before them; the list is the library's bundled one."""

from __future__ import annotations

from functools import cache
from typing import Any

# Words for the dot and the at sign in disguised addresses, folded.
DOT_WORDS = "dot punto punkt ponto point kropka nokta titik punct tochka точка крапка डॉट".split()
AT_WORDS = "at arroba chiocciola malpa kukac sobaka zavinac собака равлик एट".split()
PROVIDERS = (
    "gmail googlemail yahoo hotmail outlook icloud protonmail proton ymail rocketmail yandex mail gmx aol zoho live msn web "
    "libero wp onet interia mailru ukr rediffmail"
).split()
# Suffixes that people write without a path and mean as a domain; others are words or file endings in prose.
PLAIN_SUFFIXES = frozenset(
    "com net org io co info biz dev xyz club online site store shop tech agency design studio cam xxx porn sex adult tube "
    "live tv ly gg ru de uk fr es pl br ua tr ph pk in id eu us ca au nl ch ng cz ro gr se fi dk ie za mx ar cl pe vip fun top "
    "example".split()
)
# Kept free for examples by RFC 2606: no list of public suffixes has it, and staff try a policy with it.
_RESERVED = ".example"
_WORDY = frozenset(
    "in id us is it so at be me my no to am do as ch ro se fi ar pe live top fun online site store shop tech design".split()
)


@cache
def _suffixes() -> Any:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(accept_unknown=False, only_icann=True)


def registered(host: str) -> str | None:
    """The registered domain of a host ("a.b.co.uk" -> "b.co.uk"), None if its suffix is not a public one."""
    if host.endswith(_RESERVED):
        return ".".join(host.split(".")[-2:])
    try:
        found = _suffixes().privatesuffix(host.encode("idna").decode() if not host.isascii() else host)
    except (UnicodeError, ValueError):
        return None
    return str(found) if found else None


def is_wordy(suffix: str) -> bool:
    """Whether the suffix is a word too, so that a missing space after a full stop looks like a domain."""
    return suffix in _WORDY
