"""Doors to the sponsorship programme for people."""

from . import (
    charter,
    dossier,
    exports,
    health,
    lines,
    matching,
    panels,
    programme,
    reviews,
    sponsors,
    terms,
    trying,
)
from .blueprint import bp

__all__ = [
    "bp",
    "charter",
    "dossier",
    "exports",
    "health",
    "lines",
    "matching",
    "panels",
    "programme",
    "reviews",
    "sponsors",
    "terms",
    "trying",
]
