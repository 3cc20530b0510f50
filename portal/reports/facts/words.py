"""The kinds and states that briefings tell apart; values equal those of the rooms that own them."""

from enum import StrEnum


class Classification(StrEnum):
    """How far a paper may travel."""

    CUSTOMER = "customer"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"


class Band(StrEnum):
    """Risk: green under 35, amber under 65, red from there."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


class Problem(StrEnum):
    """What went wrong for the customer; a matter of a named employee's conduct is never printed."""

    BILLING = "billing"
    OUTAGE = "outage"
    DATA_LOSS = "data_loss"
    UNDELIVERED_OR_DEFECTIVE = "undelivered_or_defective"
    FEATURE_GAP = "feature_gap"
    SERVICE_CONDUCT = "service_conduct"
    PRICE = "price"


class Trigger(StrEnum):
    """What the customer does or threatens."""

    CANCELLATION_THREAT = "cancellation_threat"
    LEGAL_THREAT = "legal_threat"
    REGULATOR_COMPLAINT = "regulator_complaint"
    PUBLIC_EXPOSURE = "public_exposure"
    EXECUTIVE_COMPLAINT = "executive_complaint"
    SECURITY_OR_PRIVACY = "security_or_privacy"
    SLA_BREACH = "sla_breach"
    CUSTOMER_DEADLINE = "customer_deadline"
    INACTIVITY = "inactivity"
    RECURRENCE = "recurrence"
    OPPORTUNITY = "opportunity"
    OTHER_EXTRAORDINARY = "other_extraordinary"


class Channel(StrEnum):
    """How somebody spoke."""

    PHONE = "phone"
    EMAIL = "email"
    MEETING = "meeting"
    LETTER = "letter"
    TICKET = "ticket"
    SOCIAL = "social"
    FORM = "form"
    API = "api"


class MoneyKind(StrEnum):
    """What an amount at stake counts; amounts of two kinds overlap and are never added up."""

    ARR = "arr"
    ARR_UP_FOR_RENEWAL = "arr_up_for_renewal"
    CONTRACTED_REMAINING = "contracted_remaining"
    CLAIMED = "claimed"
    PROVEN_LOSS = "proven_loss"
    OWED = "owed"
    VALUE_IF_STAYS = "value_if_stays"
    EXPECTED_LOSS = "expected_loss"


class PromiseState(StrEnum):
    """What became of a promise."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    RENEGOTIATED = "renegotiated"


class Trend(StrEnum):
    """Which way a case is going."""

    IMPROVING = "improving"
    SAME = "same"
    DECLINING = "declining"


class Severity(StrEnum):
    """How bad a case is, worst first."""

    E1 = "E1"
    E2 = "E2"
    E3 = "E3"
    E4 = "E4"


class Sentiment(StrEnum):
    """Where a customer's person stands."""

    WITH_US = "with_us"
    NEUTRAL = "neutral"
    WAVERING = "wavering"
    AGAINST_US = "against_us"


class ContactRole(StrEnum):
    """What a customer's person decides."""

    ECONOMIC_BUYER = "economic_buyer"
    CHAMPION = "champion"
    EXECUTIVE_COUNTERPART = "executive_counterpart"
    LEGAL = "legal"
    USER = "user"


class SponsorshipState(StrEnum):
    """Where sponsorship stands, nomination included."""

    NOMINATED = "nominated"
    ACTIVE = "active"
    ENDED = "ended"


class LaneKind(StrEnum):
    """The two programmes of sponsorship."""

    STRATEGIC = "strategic"
    RECOVERY = "recovery"


class ChangeKind(StrEnum):
    """What is different from the reader's last issue."""

    RISK = "risk"
    SEVERITY = "severity"
    TREND = "trend"
    OWNER = "owner"
    MONEY = "money"
    DEADLINE = "deadline"
    RENEWAL = "renewal"
    PROMISE_MADE = "promise_made"
    PROMISE_KEPT = "promise_kept"
    PROMISE_BROKEN = "promise_broken"
    CASE_OPENED = "case_opened"
    CASE_CLOSED = "case_closed"
    ASKED = "asked"
    SAID = "said"
    PERSON_CAME = "person_came"
    PERSON_LEFT = "person_left"
    SENTIMENT = "sentiment"
    NOTE = "note"


class Ground(StrEnum):
    """Why a part of a compensation is given; totals never mix them."""

    OWED = "owed"
    DIRECT_LOSS = "direct_loss"
    EFFORT = "effort"
    GOODWILL = "goodwill"


class MemoState(StrEnum):
    """Where a compensation stands."""

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


class Seat(StrEnum):
    """Whose signature a compensation needs."""

    CSM = "csm"
    ESCALATION_MANAGER = "escalation_manager"
    EXECUTIVE = "executive"
    FINANCE = "finance"
    LEGAL = "legal"
    LEADERSHIP = "leadership"


class TouchState(StrEnum):
    """What became of a touchpoint."""

    PLANNED = "planned"
    HELD = "held"
    MISSED_BY_US = "missed_by_us"
    MISSED_BY_THEM = "missed_by_them"


class NominationState(StrEnum):
    """Where a nomination stands."""

    DRAFT = "draft"
    SENT = "sent"
    ADMITTED = "admitted"
    WAITING = "waiting"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class LessonState(StrEnum):
    """Where a post-mortem stands."""

    DUE = "due"
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    PUBLISHED = "published"
    WITH_COUNSEL = "with_counsel"
    WAIVED = "waived"


class ActionState(StrEnum):
    """What became of an action."""

    OPEN = "open"
    DONE = "done"
    VERIFIED = "verified"
    DROPPED = "dropped"
