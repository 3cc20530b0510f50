"""Doors to compensation for people."""

from . import books, customer, letters, lots, proposals, terms
from .blueprint import bp

__all__ = ["books", "bp", "customer", "letters", "lots", "proposals", "terms"]
