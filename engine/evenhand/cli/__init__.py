"""The command line, a file a command: each reads, calls the library, and prints; nothing is decided here."""

from .main import cli, main

__all__ = ["cli", "main"]
