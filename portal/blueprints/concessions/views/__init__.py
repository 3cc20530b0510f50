"""Doors to compensation for people."""

from . import books, customer, letters, proposals, terms
from .blueprint import bp

__all__ = ["books", "bp", "customer", "letters", "proposals", "terms"]
