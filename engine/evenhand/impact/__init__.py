"""What an edit of a policy changes on past feedback, before it goes live."""

from .budgets import Budget, read_budgets
from .edits import Edit
from .run import Impact, Options, impact

__all__ = ["Budget", "Edit", "Impact", "Options", "impact", "read_budgets"]
