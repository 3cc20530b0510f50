"""Doors to briefings for people: issues, calls, and what is sent by the clock."""

from . import books, calling, following, issues, linking, shelving
from .blueprint import bp

ONE_CLICK = (following.unsubscribe,)
"""Doors that a mail program opens by itself, with a signed address in place of a form's token."""
AT_SIGN_OUT = (shelving.leave_device,)
"""What happens in this browser when somebody signs out."""

__all__ = [
    "AT_SIGN_OUT",
    "ONE_CLICK",
    "books",
    "bp",
    "calling",
    "following",
    "issues",
    "linking",
    "shelving",
]
