"""Doors for people to cases: lists, declaring, the page of a case, and what can be done there."""

from . import (
    acting,
    ending,
    keeping,
    lasting,
    naming,
    promising,
    showing,
    stakeholders,
    steering,
    tasks,
)
from .blueprint import bp

__all__ = [
    "acting",
    "bp",
    "ending",
    "keeping",
    "lasting",
    "naming",
    "promising",
    "showing",
    "stakeholders",
    "steering",
    "tasks",
]
