"""Accounts: the customer, their contract, spending, people, history and promises."""

from enum import StrEnum


class Lifecycle(StrEnum):
    """Where the relationship stands."""

    PROSPECT = "prospect"
    ONBOARDING = "onboarding"
    ACTIVE = "active"
    RENEWAL = "renewal"
    NOTICE_GIVEN = "notice_given"
    LOST = "lost"


class ContactRole(StrEnum):
    """What a customer's person decides."""

    ECONOMIC_BUYER = "economic_buyer"
    CHAMPION = "champion"
    EXECUTIVE_COUNTERPART = "executive_counterpart"
    LEGAL = "legal"
    USER = "user"


class Sentiment(StrEnum):
    """Where a customer's person stands."""

    WITH_US = "with_us"
    NEUTRAL = "neutral"
    WAVERING = "wavering"
    AGAINST_US = "against_us"


class Basis(StrEnum):
    """What a revenue line counts; lines of two bases are never added up."""

    BOOKED = "booked"
    INVOICED = "invoiced"
    RECOGNISED = "recognised"
    COLLECTED = "collected"


class Tier(StrEnum):
    """A: top 10 % by value, B: next 20 %, C: next 30 %, D: the rest."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Band(StrEnum):
    """Risk: green under 35, amber under 65, red from there."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


class Lane(StrEnum):
    """Who a timeline entry is for. Counsel's lane is stored in the legal room alone."""

    INTERNAL = "internal"
    CUSTOMER = "customer"
    EXECUTIVE = "executive"


class EntryKind(StrEnum):
    """What a timeline entry records."""

    NOTE = "note"
    CALL = "call"
    EMAIL_IN = "email_in"
    EMAIL_OUT = "email_out"
    MEETING = "meeting"
    DECISION = "decision"
    STATUS = "status"
    PROMISE = "promise"
    SYSTEM = "system"


class PromiseState(StrEnum):
    """What became of a promise."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    RENEGOTIATED = "renegotiated"


class PromiseKind(StrEnum):
    """What was promised; money, price, term, scope and roadmap need authority."""

    ACTION = "action"
    INFORMATION = "information"
    MEETING = "meeting"
    MONEY = "money"
    PRICE = "price"
    TERM = "term"
    SCOPE = "scope"
    ROADMAP = "roadmap"


class ImportState(StrEnum):
    """Where an import stands."""

    CHECKING = "checking"
    CHECKED = "checked"
    WRITING = "writing"
    DONE = "done"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"
