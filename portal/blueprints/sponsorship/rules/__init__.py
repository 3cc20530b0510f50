"""Who gets a sponsor, who can be one, and how a sponsorship goes on and ends."""

from portal.blueprints.accounts.rules import Objection

from . import charter, panel
from .course import (
    Course,
    ExitProposal,
    Proposal,
    add_months,
    exits,
    extended,
    next_touchpoint,
    term_end,
)
from .entry import (
    Case,
    Check,
    Criterion,
    EntryFacts,
    check,
    nominable,
    objections_to_decision,
    objections_to_nomination,
    recovery_floor,
)
from .given import LARGEST_FACTS, Given, given
from .score import Score, ScorePart, score
from .sponsors import (
    Load,
    Match,
    Reason,
    Sponsor,
    Wish,
    hours_used,
    is_trained,
    match,
    objections_to_capacity,
    objections_to_sponsor,
    places,
    training_ends,
)
from .told import told

__all__ = [
    "LARGEST_FACTS",
    "Case",
    "Check",
    "Course",
    "Criterion",
    "EntryFacts",
    "ExitProposal",
    "Given",
    "Load",
    "Match",
    "Objection",
    "Proposal",
    "Reason",
    "Score",
    "ScorePart",
    "Sponsor",
    "Wish",
    "add_months",
    "charter",
    "check",
    "exits",
    "extended",
    "given",
    "hours_used",
    "is_trained",
    "match",
    "next_touchpoint",
    "nominable",
    "objections_to_capacity",
    "objections_to_decision",
    "objections_to_nomination",
    "objections_to_sponsor",
    "panel",
    "places",
    "recovery_floor",
    "score",
    "term_end",
    "told",
    "training_ends",
]
