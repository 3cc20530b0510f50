"""Doors for people: the list and page of accounts, their people, story and imports."""

from . import (
    accounts,
    families,
    fits,
    history,
    imports,
    mappings,
    merges,
    people,
    quality,
    rates,
    revenue,
    signals,
)
from .base import bp

__all__ = [
    "accounts",
    "bp",
    "families",
    "fits",
    "history",
    "imports",
    "mappings",
    "merges",
    "people",
    "quality",
    "rates",
    "revenue",
    "signals",
]
