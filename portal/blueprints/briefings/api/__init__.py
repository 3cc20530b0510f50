"""Briefings for programs."""

from . import books, following, issues
from .blueprint import bp

__all__ = ["books", "bp", "following", "issues"]
