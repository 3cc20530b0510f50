"""Accounts for programs: read, make, merge, import; models, signals and exchange rates."""

from . import imports, mappings, merges, models, quality, rates, reading, signals, together
from .blueprint import bp

__all__ = [
    "bp",
    "imports",
    "mappings",
    "merges",
    "models",
    "quality",
    "rates",
    "reading",
    "signals",
    "together",
]
