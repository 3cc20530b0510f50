"""Doors to briefings for people: issues, calls, and what is sent by the clock."""

from . import books, calling, following, issues, linking
from .blueprint import bp

ONE_CLICK = (following.unsubscribe,)
"""Doors that a mail program opens by itself, with a signed address in place of a form's token."""

__all__ = ["ONE_CLICK", "books", "bp", "calling", "following", "issues", "linking"]
