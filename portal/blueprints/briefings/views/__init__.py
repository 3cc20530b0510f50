"""Doors to briefings for people: issues, calls, and what is sent by the clock."""

from . import calling, following, issues
from .blueprint import bp

ONE_CLICK = (following.unsubscribe,)
"""Doors that a mail program opens by itself, with a signed address in place of a form's token."""

__all__ = ["ONE_CLICK", "bp", "calling", "following", "issues"]
