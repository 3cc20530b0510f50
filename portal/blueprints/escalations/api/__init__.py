"""Doors for programs to cases: reading them, and all that can be done there."""

from . import (
    acting,
    grading,
    keeping,
    mailing,
    moving,
    people,
    playing,
    promises,
    reading,
    saying,
    steering,
    story,
    tasks,
)
from .blueprint import bp

__all__ = [
    "acting",
    "bp",
    "grading",
    "keeping",
    "mailing",
    "moving",
    "people",
    "playing",
    "promises",
    "reading",
    "saying",
    "steering",
    "story",
    "tasks",
]
