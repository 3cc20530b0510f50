"""Escalations: the case and everything that hangs on it."""

from enum import StrEnum


class State(StrEnum):
    """Where a case stands."""

    DRAFT = "draft"
    REQUESTED = "requested"
    DECLARED = "declared"
    ACCEPTED = "accepted"
    STABILISING = "stabilising"
    AWAITING_CUSTOMER = "awaiting_customer"
    CLOSED = "closed"
    DECLINED = "declined"
    MERGED = "merged"
    VOID = "void"


OPEN_STATES = (State.DECLARED, State.ACCEPTED, State.STABILISING, State.AWAITING_CUSTOMER)


class Trigger(StrEnum):
    """What set the case off."""

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


class Severity(StrEnum):
    """How bad it is, worst first."""

    E1 = "E1"
    E2 = "E2"
    E3 = "E3"
    E4 = "E4"


class Level(StrEnum):
    """Who handles it."""

    L0 = "L0"
    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    EXECUTIVE = "X"


class EscalationKind(StrEnum):
    """Whether other expertise or more authority is asked for."""

    FUNCTIONAL = "functional"
    HIERARCHICAL = "hierarchical"


class Channel(StrEnum):
    """How the customer's words reached us."""

    PHONE = "phone"
    EMAIL = "email"
    MEETING = "meeting"
    LETTER = "letter"
    TICKET = "ticket"
    SOCIAL = "social"
    FORM = "form"
    API = "api"


class Problem(StrEnum):
    """What went wrong for the customer, apart from the trigger."""

    BILLING = "billing"
    OUTAGE = "outage"
    DATA_LOSS = "data_loss"
    UNDELIVERED_OR_DEFECTIVE = "undelivered_or_defective"
    FEATURE_GAP = "feature_gap"
    SERVICE_CONDUCT = "service_conduct"
    EMPLOYEE_CONDUCT = "employee_conduct"
    PRICE = "price"
    OTHER = "other"


class Trend(StrEnum):
    """Which way the case is going."""

    IMPROVING = "improving"
    SAME = "same"
    DECLINING = "declining"


class Resolution(StrEnum):
    """How a case ended."""

    FIX = "fix"
    WORKAROUND = "workaround"
    CONCESSION = "concession"
    NO_FAULT = "no_fault"
    LOST = "lost"


class ClockKind(StrEnum):
    """What is running on a case."""

    ACKNOWLEDGE = "acknowledge"
    OWNER_NAMED = "owner_named"
    SILENCE = "silence"
    REPLY_OWED = "reply_owed"
    EXECUTIVE_BRIEF = "executive_brief"
    CLOSE = "close"


class NoticeKind(StrEnum):
    """Kinds of formal notice."""

    TERMINATION = "termination"
    MISE_EN_DEMEURE = "mise_en_demeure"
    DIFFIDA_AD_ADEMPIERE = "diffida_ad_adempiere"
    MESSA_IN_MORA = "messa_in_mora"
    LETTER_BEFORE_ACTION = "letter_before_action"
    SWITCHING_REQUEST = "switching_request"


class NoticeChannel(StrEnum):
    """How a formal notice came."""

    CERTIFIED_MAIL = "certified_mail"
    REGISTERED_POST = "registered_post"
    LAWYER = "lawyer"
    MAIL = "mail"
