"""Doors for people to post-mortems: lists, the page of one, writing it, and what becomes of it."""

from . import acting, elsewhere, known, losing, planning, recurring, showing, steering, writing
from .blueprint import bp

__all__ = [
    "acting",
    "bp",
    "elsewhere",
    "known",
    "losing",
    "planning",
    "recurring",
    "showing",
    "steering",
    "writing",
]
