"""Briefings for programs."""

from . import books, calling, following, issues
from .blueprint import bp

__all__ = ["books", "bp", "calling", "following", "issues"]
