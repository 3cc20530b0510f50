"""Briefings for programs."""

from . import books, calling, following, issues, linking, shelving
from .blueprint import bp

__all__ = ["books", "bp", "calling", "following", "issues", "linking", "shelving"]
