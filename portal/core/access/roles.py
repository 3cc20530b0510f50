"""Roles, classes of fields, subjects and permissions: the words of the table."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Role(StrEnum):
    """What a person does in the portal; a person can have several."""

    CSM = "csm"
    ACCOUNT_MANAGER = "account_manager"
    SUPPORT = "support"
    ESCALATION_MANAGER = "escalation_manager"
    FINANCE = "finance"
    LEGAL = "legal"
    EXECUTIVE = "executive"
    LEADERSHIP = "leadership"
    PROGRAMME_MANAGER = "programme_manager"
    CONTRIBUTOR = "contributor"
    PRIVACY = "privacy"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Grade(StrEnum):
    """How far up a person stands; authority to approve rests on it."""

    STAFF = "staff"
    MANAGER = "manager"
    DIRECTOR = "director"
    VP = "vp"
    CXO = "cxo"


class K(IntEnum):
    """Classes of fields, from internal to the counsel lane."""

    INTERNAL = 1
    CONFIDENTIAL = 2
    RESTRICTED = 3
    COUNSEL = 4


class Subject(StrEnum):
    """What a right is about."""

    ACCOUNT = "account"
    ESCALATION = "escalation"
    CONCESSION = "concession"
    NOMINATION = "nomination"
    SPONSORSHIP = "sponsorship"
    POSTMORTEM = "postmortem"
    POSTMORTEM_DRAFT = "postmortem_draft"
    REVIEW = "review"
    BRIEFING = "briefing"
    POLICY = "policy"
    AUDIT = "audit"
    PEOPLE = "people"
    NOTIFICATION = "notification"


class Permission(StrEnum):
    """What can be done at a door."""

    HOME = "home:see"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_EDIT = "accounts:edit"
    ACCOUNTS_IMPORT = "accounts:import"
    ACCOUNTS_MERGE = "accounts:merge"
    ACCOUNTS_SIGNALS = "accounts:signals"
    ACCOUNTS_RATES = "accounts:rates"
    ESCALATIONS_READ = "escalations:read"
    ESCALATIONS_DECLARE = "escalations:declare"
    ESCALATIONS_WORK = "escalations:work"
    ESCALATIONS_CLOSE = "escalations:close"
    ESCALATIONS_MANAGE = "escalations:manage"
    INTAKE_READ = "intake:read"
    INTAKE_ASSIGN = "intake:assign"
    CUSTOMER_ROOM_MANAGE = "customer_room:manage"
    SURVEYS_READ = "surveys:read"
    SURVEYS_MANAGE = "surveys:manage"
    STATEMENTS_READ = "statements:read"
    STATEMENTS_WRITE = "statements:write"
    STATEMENTS_APPROVE = "statements:approve"
    ROUNDS_READ = "rounds:read"
    ROUNDS_ANSWER = "rounds:answer"
    ROUNDS_WRITE = "rounds:write"
    CONCESSIONS_READ = "concessions:read"
    CONCESSIONS_PROPOSE = "concessions:propose"
    CONCESSIONS_APPROVE = "concessions:approve"
    CONCESSIONS_TERMS = "concessions:terms"
    CONCESSIONS_BOOKS = "concessions:books"
    CONCESSIONS_CLOSE = "concessions:close"
    SPONSORSHIP_READ = "sponsorship:read"
    SPONSORSHIP_NOMINATE = "sponsorship:nominate"
    SPONSORSHIP_DECIDE = "sponsorship:decide"
    SPONSORSHIP_MANAGE = "sponsorship:manage"
    POSTMORTEMS_READ = "postmortems:read"
    POSTMORTEMS_CONTRIBUTE = "postmortems:contribute"
    POSTMORTEMS_WRITE = "postmortems:write"
    POSTMORTEMS_APPROVE = "postmortems:approve"
    REVIEWS_READ = "reviews:read"
    REVIEWS_TAKE_PART = "reviews:take_part"
    REVIEWS_RUN = "reviews:run"
    RISK_READ = "risk:read"
    RISK_WORK = "risk:work"
    BRIEFINGS_READ = "briefings:read"
    BRIEFINGS_OWN = "briefings:own"
    BRIEFINGS_MAKE = "briefings:make"
    POLICIES_READ = "policies:read"
    POLICIES_DRAFTS = "policies:drafts"
    POLICIES_PROPOSE = "policies:propose"
    POLICIES_PUBLISH = "policies:publish"
    AUDIT_READ = "audit:read"
    AUDIT_VERIFY = "audit:verify"
    PEOPLE_READ = "people:read"
    PEOPLE_MANAGE = "people:manage"
    ADMIN_SEE = "admin:see"
    MAIL_WATCH = "mail:watch"
    JOBS_WATCH = "jobs:watch"
    WEBHOOKS_WATCH = "webhooks:watch"
    WEBHOOKS_MANAGE = "webhooks:manage"
    PRIVACY_READ = "privacy:read"
    DUTY_PLAN = "duty:plan"
    NOTICES_CHOOSE = "notices:choose"

    @property
    def room(self) -> str:
        """The room it belongs to."""
        return self.partition(":")[0]

    @property
    def reads(self) -> bool:
        """Whether it lets somebody read, and no more."""
        return self.partition(":")[2] in {"read", "see", "watch", "drafts", "books"}


class Reach(IntEnum):
    """How far a role's right goes: to no row, to rows the person stands in a relation to, or to
    all.
    """

    NONE = 0
    RELATED = 1
    ALL = 2


@dataclass(frozen=True)
class Grant:
    """What a role may do with a subject: how far, up to which class of field, and the actions."""

    reach: Reach
    sees: K
    may: frozenset[Permission]
