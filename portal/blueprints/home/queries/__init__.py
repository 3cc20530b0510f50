"""What needs a person today, what they look for, and what an empty installation lacks."""

from .day import cases, needs, of_trouble, search, stake, standing_in_for
from .first import Step, first_steps

__all__ = [
    "Step",
    "cases",
    "first_steps",
    "needs",
    "of_trouble",
    "search",
    "stake",
    "standing_in_for",
]
