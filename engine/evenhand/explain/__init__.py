"""Why a text was judged as it was, why a rule did not match, what would pass, and rules read back in words."""

from .account import Explanation, explain, explain_finding, explain_rule
from .marks import marked
from .near_misses import NearMiss, near_misses
from .removal import to_pass, without
from .reviews import clause_stamp
from .says import rule_sentence, says

__all__ = [
    "Explanation",
    "NearMiss",
    "clause_stamp",
    "explain",
    "explain_finding",
    "explain_rule",
    "marked",
    "near_misses",
    "rule_sentence",
    "says",
    "to_pass",
    "without",
]
