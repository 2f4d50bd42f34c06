"""Records of decisions: one JSON line each, without any text, chained so that a later change shows."""

from .journal import JsonlSink, Sink
from .record import Record, Ruled, input_digest, record_of, sealed
from .recorder import Recorder
from .replaying import Difference, Replay, replay
from .verifying import Verification, verify, verify_lines

__all__ = [
    "Difference",
    "JsonlSink",
    "Record",
    "Recorder",
    "Replay",
    "Ruled",
    "Sink",
    "Verification",
    "input_digest",
    "record_of",
    "replay",
    "sealed",
    "verify",
    "verify_lines",
]
