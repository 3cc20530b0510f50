"""Doors for people to post-mortems: lists, the page of one, writing it, and what becomes of it."""

from . import (
    acting,
    asking_why,
    elsewhere,
    known,
    listing,
    losing,
    planning,
    recurring,
    remarking,
    saving,
    showing,
    steering,
    writing,
)
from .blueprint import bp

__all__ = [
    "acting",
    "asking_why",
    "bp",
    "elsewhere",
    "known",
    "listing",
    "losing",
    "planning",
    "recurring",
    "remarking",
    "saving",
    "showing",
    "steering",
    "writing",
]
