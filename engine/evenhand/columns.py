"""Feedback by the column: Arrow batches in, verdicts out. The second driver over the compiled core."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pyarrow as pa

from .compiled import Compiled
from .decide import Spent, among, decide
from .errors import InputError, nearest
from .model import ROLES, Contract, Feedback, Finding, Party, Verdict
from .policy import Policy, checked_feedback

# What a column can say about feedback, and the names under which it is looked for; a dot steps into a struct.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "text": ("text",),
    "id": ("id",),
    "author": ("author",),
    "rating": ("rating",),
    "locale": ("locale", "lang"),
    "title": ("title", "contract_title", "contract.title"),
    "name": ("counterparty_name", "counterparty.name"),
    "email": ("counterparty_email", "counterparty.email"),
    "phone": ("counterparty_phone", "counterparty.phone"),
    "company": ("counterparty_company", "counterparty.company"),
    "created_at": ("created_at",),
    "contract": ("contract_id", "contract.id"),
    "party": ("author_id",),  # the id of who writes, as contracts have it
}

# Columns that readers add: where each row stands, and what they could not read of it.
PLACE, PROBLEM = "evenhand:place", "evenhand:problem"

FINDING = pa.struct(
    [
        ("rule", pa.string()),
        ("category", pa.string()),
        ("clause", pa.string()),
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("text", pa.string()),
        ("outcome", pa.string()),
        ("message", pa.string()),
        ("why", pa.string()),
        ("shadow", pa.bool_()),
    ]
)
# One row for each row judged, in their order. `outcome` is null where the row could not be judged: `problem` says why.
VERDICTS = pa.schema(
    [
        ("id", pa.string()),
        ("outcome", pa.string()),
        ("findings", pa.list_(FINDING)),
        ("problem", pa.string()),
        ("policy_version", pa.string()),
    ]
)


def judge_batches(
    batches: Iterable[pa.RecordBatch], policy: Policy, columns: Mapping[str, str] | None = None
) -> Iterator[pa.RecordBatch]:
    """Judges feedback in Arrow batches; gives a batch of `VERDICTS` for each.

    `columns` maps fields (see `FIELDS`) to the names of columns where those differ. Rows that cannot be judged have a
    `problem` and no outcome; they never end the run. Raises `InputError` for batches without the columns asked for.
    """
    judge = Judge(policy, columns)
    for batch in batches:
        yield judge.judge(batch).batch()


class Facts(NamedTuple):
    """What a row says about its feedback beside the text."""

    author: Any = None
    rating: Any = None
    locale: Any = None
    title: Any = None
    name: Any = None
    email: Any = None
    phone: Any = None
    company: Any = None
    contract: Any = None  # this and what follows only where a verdict may depend on it: they make every row another
    party: Any = None
    id: Any = None

    @property
    def counterparty(self) -> Party | None:
        """The other side, if anything is known of it."""
        known = self.name, self.email, self.phone, self.company
        return Party(*known) if any(each is not None for each in known) else None

    def feedback(self, text: str) -> Feedback:
        """The feedback that the row is; nothing is checked."""
        contract = None
        if self.title is not None or self.contract is not None or self.party is not None:
            sides = {self.author: self.party} if self.author in ROLES else {}
            contract = Contract(id=self.contract, title=self.title, **sides)
        return Feedback(text, self.author, self.rating, self.locale or "en", contract, self.counterparty, id=self.id)


_STATED = tuple(name for name in Facts._fields if name != "id")


@dataclass
class Judged:
    """The verdicts on the rows of a batch; rows that are clean cost nothing here."""

    ids: Sequence[str | None]
    texts: Sequence[str | None]
    facts: Sequence[Facts]
    created: Sequence[Any]
    version: str
    verdicts: dict[int, Verdict] = field(default_factory=dict)  # of rows with findings
    problems: dict[int, str] = field(default_factory=dict)

    def outcomes(self) -> list[str | None]:
        """An outcome for each row; None where it could not be judged."""
        outcomes: list[str | None] = ["allow"] * len(self.ids)
        for row, verdict in self.verdicts.items():
            outcomes[row] = str(verdict.outcome)
        for row in self.problems:
            outcomes[row] = None
        return outcomes

    def findings(self, row: int) -> list[tuple[Finding, bool]]:
        """The findings in a row, and whether each is one of a rule on trial."""
        verdict = self.verdicts.get(row)
        if verdict is None:
            return []
        return [(each, False) for each in verdict.findings] + [(each, True) for each in verdict.shadow]

    def batch(self) -> pa.RecordBatch:
        """The verdicts as a batch of `VERDICTS`."""
        rows = range(len(self.ids))
        return pa.record_batch(
            [
                pa.array(self.ids, pa.string()),
                pa.array(self.outcomes(), pa.string()),
                pa.array([[plain(*each) for each in self.findings(row)] for row in rows], pa.list_(FINDING)),
                pa.array([self.problems.get(row) for row in rows], pa.string()),
                pa.array([self.version] * len(self.ids), pa.string()),
            ],
            schema=VERDICTS,
        )


def plain(finding: Finding, shadow: bool) -> dict[str, Any]:
    """A finding as a value of `FINDING`."""
    return {
        "rule": finding.rule,
        "category": finding.category,
        "clause": finding.clause,
        "start": finding.start,
        "end": finding.end,
        "text": finding.text,
        "outcome": str(finding.outcome),
        "message": finding.message,
        "why": finding.why,
        "shadow": shadow,
    }


_REMEMBERED = 50_000  # verdicts kept for texts that come again
_SHORT = 400  # characters of texts that do


class Reader:
    """Tells what verdicts by some policies may depend on beside the text, and what is wrong with it."""

    def __init__(self, policies: Sequence[Compiled]) -> None:
        rules = [rule for policy in policies for rule in policy.rules]
        self._by_id = any(rule.rollout < 100 for rule in rules)
        known = any("known" in rule.when.get("contract", {}) for rule in rules)
        self._by_contract = known or any(waiver.scope for policy in policies for waiver in policy.waivers)
        self._wrong: dict[Facts, str | None] = {}

    def asked(self, facts: Facts, name: str | None) -> Facts:
        """The facts that a verdict may depend on: rows with the same text and facts are judged once."""
        if not self._by_contract and (facts.contract is not None or facts.party is not None):
            facts = facts._replace(contract=None, party=None)
        return facts._replace(id=name) if self._by_id else facts

    def problem(self, facts: Facts) -> str | None:
        """What is wrong with the facts of a row."""
        if facts not in self._wrong:
            if len(self._wrong) >= _REMEMBERED:
                self._wrong.clear()
            try:
                checked_feedback(facts.feedback(""))
                self._wrong[facts] = None
            except InputError as error:
                self._wrong[facts] = str(error).replace("feedback.", "")
        return self._wrong[facts]


class Judge:
    """Judges batch after batch with one policy, and each of equal rows once; for one thread."""

    def __init__(
        self, policy: Policy, columns: Mapping[str, str] | None = None, only: frozenset[int] | None = None
    ) -> None:
        """`only` are the numbers of the rules to judge by; None means all."""
        self.policy = policy
        self.columns = checked_columns(columns)
        self.only = only
        self.spent: Spent = {}
        self._reader = Reader([policy.compiled])
        self._remembered: dict[tuple[str, Facts], Verdict | None] = {}

    def judge(self, batch: pa.RecordBatch) -> Judged:
        """The verdicts on a batch's rows."""
        rows = Rows(batch, self.columns)
        judged = Judged(rows.ids, rows.texts, rows.facts, rows.created(), self.policy.version)
        same: dict[tuple[str, Facts], list[int]] = {}
        for row, (text, facts) in enumerate(zip(rows.texts, rows.facts, strict=True)):
            asked = self._reader.asked(facts, rows.ids[row])
            problem = rows.problems.get(row) or self._reader.problem(asked)
            if problem is not None or text is None:
                judged.problems[row] = problem or "the text is missing"
                continue
            same.setdefault((text, asked), []).append(row)
        for key, verdict in self.verdicts(list(same)):
            if verdict is not None:
                judged.verdicts.update(dict.fromkeys(same[key], verdict))
        return judged

    def verdicts(self, keys: Sequence[tuple[str, Facts]]) -> Iterator[tuple[tuple[str, Facts], Verdict | None]]:
        """The verdict on each text with its facts, in any order; None for the clean ones."""
        plain: list[tuple[str, Facts]] = []
        limit = self.policy.compiled.text_limit
        remembered = self._remembered
        for key in keys:
            text, facts = key
            if key in remembered:
                yield key, remembered[key]
            elif text.isascii() and len(text) <= limit and facts.counterparty is None:
                plain.append(key)
            else:
                yield key, self._kept(key, self.policy.examine(facts.feedback(text), only=self.only, spent=self.spent))
        titled = [facts.title is not None for _, facts in plain]
        found = self.policy.prefilter.in_column([text for text, _ in plain], titled)
        for key, may in zip(plain, found, strict=True):
            verdict = None
            if may is not None:
                document = may.document(key[1].feedback(key[0]))
                by_rule = among(may.candidates, self.only)
                verdict = decide(self.policy.compiled, document, by_rule, self.spent)
            yield key, self._kept(key, verdict)

    def _kept(self, key: tuple[str, Facts], verdict: Verdict | None) -> Verdict | None:
        if verdict is not None and not (verdict.findings or verdict.shadow or verdict.excused):
            verdict = None
        if len(key[0]) <= _SHORT:
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = verdict
        return verdict


# --- reading a batch ------------------------------------------------------------------------------------------------


def checked_columns(
    columns: Mapping[str, str] | None, fields: Mapping[str, tuple[str, ...]] = FIELDS
) -> Mapping[str, str]:
    """The mapping, if it names fields that there are; raises `InputError`."""
    for name in columns or {}:
        if name not in fields:
            hint = nearest(name, fields) or f"known: {', '.join(fields)}"
            raise InputError(f"`{name}` is no field of feedback; {hint}")
    return dict(columns or {})


class Rows:
    """The rows of a batch as Python values: texts, ids, facts, and what is wrong with some of them."""

    def __init__(self, batch: pa.RecordBatch, columns: Mapping[str, str]) -> None:
        self.problems: dict[int, str] = {}
        self._batch = batch
        self._columns = columns
        count = batch.num_rows
        if (texts := self._column("text")) is None:
            raise InputError(f"there is no column `text`; columns: {', '.join(batch.schema.names)}; pass text=COLUMN")
        if PROBLEM in batch.schema.names:  # a reader found these already
            self._note(batch.column(PROBLEM).to_pylist())
        self.texts = [self._text(row, value) for row, value in enumerate(texts)]
        self.ids = [None if value is None else str(value) for value in self._column("id") or [None] * count]
        named = [self._column(name) for name in _STATED]
        if all(values is None for values in named):
            self.facts = [Facts()] * count
        else:
            rows = zip(*(values or [None] * count for values in named), strict=True)
            self.facts = list(self._facts(rows))

    def created(self) -> list[Any]:
        """When each was written, as the column has it."""
        return self._column("created_at") or [None] * self._batch.num_rows

    def _note(self, problems: Iterable[str | None]) -> None:
        self.problems.update({row: problem for row, problem in enumerate(problems) if problem})

    def _column(self, name: str) -> list[Any] | None:
        """The values of a field's column; None when there is none, unless it was asked for by name."""
        wanted = self._columns.get(name)
        for path in (wanted,) if wanted is not None else FIELDS[name]:
            found = _at(self._batch, path)
            if found is not None:
                return self._values(found)
        if wanted is not None:
            known = ", ".join(self._batch.schema.names)
            raise InputError(f"there is no column `{wanted}` for `{name}`; columns: {known}")
        return None

    def _values(self, array: pa.Array) -> list[Any]:
        """The array as Python values; what is not UTF-8 comes as bytes."""
        try:
            values: list[Any] = array.to_pylist()
        except UnicodeDecodeError:
            values = [_utf8(each) for each in array.cast(pa.binary()).to_pylist()]
        except (ValueError, OverflowError):  # a timestamp that Python cannot hold
            values = [str(each) if each.is_valid else None for each in array]
        return values

    def _text(self, row: int, value: Any) -> str | None:
        if isinstance(value, bytes):
            value = _utf8(value)
        if isinstance(value, str):
            return value
        if row not in self.problems:
            self.problems[row] = (
                "the text is missing"
                if value is None
                else "the text is not UTF-8"
                if isinstance(value, bytes)
                else f"the text is of type `{type(value).__name__}`; pass a column of strings"
            )
        return None

    def _facts(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[Facts]:
        """The facts of each row; equal ones, which are of the same types in a column, are made once."""
        made: dict[tuple[Any, ...], Facts] = {}
        for row, values in enumerate(rows):
            try:
                facts = made.get(values)
            except TypeError:
                self.problems.setdefault(
                    row, "a fact about the feedback is a list or a mapping; map columns of plain values"
                )
                yield Facts()
                continue
            if facts is None:
                facts = made[values] = _tidied(Facts(*values))
            yield facts


def _at(batch: pa.RecordBatch, path: str) -> pa.Array | None:
    """The column that a path leads to; a name with a dot in it goes before a step into a struct."""
    if path in batch.schema.names:
        return batch.column(batch.schema.names.index(path))
    first, *steps = path.split(".")
    if not steps or first not in batch.schema.names:
        return None
    array = batch.column(batch.schema.names.index(first))
    for step in steps:
        if not pa.types.is_struct(array.type) or array.type.get_field_index(step) < 0:
            return None
        array = array.flatten()[array.type.get_field_index(step)]
    return array


def _utf8(value: Any) -> Any:
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value
    return value


def _tidied(facts: Facts) -> Facts:
    """Facts with blanks as None and ratings as whole numbers."""
    kept = Facts(*(None if value == "" else value for value in facts))
    return kept._replace(rating=_rating(kept.rating))


def _rating(value: Any) -> Any:
    """A rating as a whole number where that is what it says, however it is stored ("5", 5.0)."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
