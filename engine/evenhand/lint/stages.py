"""A check of the stages of rules: each must be accounted for by the policy's ledger, if it has one."""

from __future__ import annotations

from ..errors import InputError, Place
from ..stages import forms, ledger_file, ledger_problems, read_ledger
from .advice import Advice, Found, Subject


def ledger(subject: Subject) -> Found:
    """Rules at a stage that no promotion brought them to, and rules that find something else than what was promoted."""
    file = ledger_file(subject.parsed)
    if file is None:
        return
    try:
        kept = read_ledger(file, str(file))
    except InputError as error:
        yield Advice(Place(str(file)), "ledger", str(error))
        return
    for problem in ledger_problems(subject.parsed, kept, forms(subject.parsed)):
        about = problem.message.split("`")[1]
        yield Advice(problem.place, "ledger", problem.message, problem.hint, about=about)
