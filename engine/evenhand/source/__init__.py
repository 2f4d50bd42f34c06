"""Strict YAML: what a file says as plain values, each with its place; what readers could disagree on is a problem."""

from .complaints import MAX_DEPTH
from .excerpt import excerpt
from .places import MAX_PROBLEMS
from .reading import MAX_BYTES, MAX_VALUES, Source, read, read_file

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_PROBLEMS", "MAX_VALUES", "Source", "excerpt", "read", "read_file"]
