"""Doors for people to cases: lists, declaring, the page of a case, and what can be done there."""

from . import (
    acting,
    affecting,
    correcting,
    editing,
    ending,
    keeping,
    lasting,
    listing,
    naming,
    playing,
    promising,
    showing,
    stakeholders,
    steering,
    story,
    tasks,
    trying,
)
from .blueprint import bp

__all__ = [
    "acting",
    "affecting",
    "bp",
    "correcting",
    "editing",
    "ending",
    "keeping",
    "lasting",
    "listing",
    "naming",
    "playing",
    "promising",
    "showing",
    "stakeholders",
    "steering",
    "story",
    "tasks",
    "trying",
]
