"""The table of kinds: everything a rule can look for. A new kind is one file, one line here and one case file."""

from __future__ import annotations

from ..matcher import Kind
from . import (
    address,
    email,
    exchange,
    handle,
    link,
    number,
    party,
    phone,
    phrase,
    regex,
    relevance,
    secret,
    shape,
    terms,
)

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        terms.KIND,
        terms.LIST_KIND,
        phrase.KIND,
        regex.KIND,
        email.KIND,
        phone.KIND,
        link.KIND,
        handle.KIND,
        address.KIND,
        secret.KIND,
        number.KIND,
        party.KIND,
        exchange.KIND,
        relevance.KIND,
        shape.KIND,
    )
}
