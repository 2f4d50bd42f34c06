"""Counts and durations of decisions for OpenTelemetry; needs `pip install 'evenhand[otel]'`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InputError
from .journal import Sink
from .record import Record

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter

_NAME = "evenhand"


class MeteredSink:
    """Passes records on to another sink, and counts those that it took.

    `evenhand.decisions` by outcome and gate, `evenhand.findings` by category, rule, outcome and whether the rule is on
    trial, `evenhand.decision.duration` in seconds. No ids and no texts. Raises `InputError` without the library.
    """

    def __init__(self, sink: Sink, meter: Meter | None = None) -> None:
        meter = meter or _global_meter()
        self._sink = sink
        self._decisions = meter.create_counter("evenhand.decisions", "{decision}", "decisions by outcome")
        self._findings = meter.create_counter("evenhand.findings", "{finding}", "findings by category and rule")
        self._duration = meter.create_histogram("evenhand.decision.duration", "s", "time that a decision takes")

    def append(self, record: Record) -> None:
        """Counts a record once it is safe."""
        self._sink.append(record)
        outcome = {"outcome": record.outcome}
        self._decisions.add(1, outcome if record.gate is None else {**outcome, "gate": record.gate})
        self._duration.record(record.ms / 1000, outcome)
        for shadow, findings in ((False, record.findings), (True, record.shadow)):
            for each in findings:
                facts: dict[str, str | bool] = {
                    "category": each.category,
                    "rule": each.rule,
                    "outcome": each.outcome,
                    "shadow": shadow,
                }
                self._findings.add(1, facts)


def _global_meter() -> Meter:
    try:
        from opentelemetry.metrics import get_meter
    except ImportError:
        raise InputError(
            "`opentelemetry` is not installed; run `pip install 'evenhand[otel]'`, or pass a meter"
        ) from None
    from .. import __version__

    return get_meter(_NAME, __version__)
