"""Doors for people: the list and page of accounts, their people, story and imports."""

from . import accounts, fits, history, imports, mappings, merges, people, quality, rates, signals
from .base import bp

__all__ = [
    "accounts",
    "bp",
    "fits",
    "history",
    "imports",
    "mappings",
    "merges",
    "people",
    "quality",
    "rates",
    "signals",
]
