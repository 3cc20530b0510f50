"""The executive sponsorship programme."""

from enum import StrEnum


class LaneKind(StrEnum):
    """Strategic: 12 months, renewable. Recovery: 90 days, one extension, its own capacity."""

    STRATEGIC = "strategic"
    RECOVERY = "recovery"


class NominationState(StrEnum):
    """Where a nomination stands."""

    DRAFT = "draft"
    SENT = "sent"
    ADMITTED = "admitted"
    WAITING = "waiting"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class SponsorshipState(StrEnum):
    """Where a sponsorship stands."""

    ACTIVE = "active"
    ENDED = "ended"


class ExitReason(StrEnum):
    """Why a sponsorship ended."""

    OUTCOME_REACHED = "outcome_reached"
    TERM_OVER = "term_over"
    TOUCHPOINTS_MISSED = "touchpoints_missed"
    SCORE_LOW = "score_low"
    EXECUTIVE_GONE = "executive_gone"
    CHURNED = "churned"
    DISPLACED = "displaced"


class TouchpointState(StrEnum):
    """What became of a touchpoint; a missed one says through whose fault."""

    PLANNED = "planned"
    HELD = "held"
    MISSED_BY_US = "missed_by_us"
    MISSED_BY_THEM = "missed_by_them"
