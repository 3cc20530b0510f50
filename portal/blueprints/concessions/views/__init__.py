"""Doors to compensation for people."""

from . import books, proposals, terms
from .blueprint import bp

__all__ = ["books", "bp", "proposals", "terms"]
