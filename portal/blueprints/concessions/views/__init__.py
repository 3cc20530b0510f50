"""Doors to compensation for people."""

from . import books, letters, proposals, terms
from .blueprint import bp

__all__ = ["books", "bp", "letters", "proposals", "terms"]
