"""What compensation is made of, in words: states, grounds, forms, moves."""

from enum import StrEnum


class State(StrEnum):
    """Where a compensation case stands."""

    DRAFT = "draft"
    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    DELIVERED = "delivered"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class Ground(StrEnum):
    """Why a part of a compensation is given; totals never mix them."""

    OWED = "owed"
    DIRECT_LOSS = "direct_loss"
    EFFORT = "effort"
    GOODWILL = "goodwill"


class Form(StrEnum):
    """In what shape compensation is given."""

    SERVICE_CREDIT = "service_credit"
    REFUND = "refund"
    DISCOUNT = "discount"
    FREE_MONTHS = "free_months"
    TRAINING = "training"
    SERVICE_HOURS = "service_hours"
    ROADMAP_COMMITMENT = "roadmap_commitment"
    APOLOGY_ONLY = "apology_only"


class Verdict(StrEnum):
    """What an approver said."""

    APPROVED = "approved"
    REFUSED = "refused"


class Insurer(StrEnum):
    """What became of the insurer's question; nothing yet: approval waits for it."""

    TOLD = "told"
    NOT_NEEDED = "not_needed"


class Period(StrEnum):
    """For what time availability is measured."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Rounding(StrEnum):
    """How a credit is brought to whole minor units."""

    HALF_UP = "half_up"
    DOWN = "down"
    UP = "up"


class Move(StrEnum):
    """What moves the books of compensation; `rules.books` says which balance by which sign."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    COUNTERED = "countered"
    LAPSED = "lapsed"
    TAKEN_BACK = "taken_back"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    REVERSED = "reversed"


class LotState(StrEnum):
    """Where a lot of credits for one incident stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    PAID = "paid"


class LeftOut(StrEnum):
    """Why an account that an incident hit gets no credit in its lot."""

    KEPT = "kept"
    TOO_SMALL = "too_small"
    TOO_LATE = "too_late"
    TAKEN = "taken"
    NO_RATE = "no_rate"
    CHANGED = "changed"
