"""Compensation cases: what is owed, lost, spent in effort, and given as a gesture."""

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
