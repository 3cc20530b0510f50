"""The one table of who may do what: role × subject × action, up to a class of field."""

from .roles import Grant, K, Permission, Reach, Role, Subject


def _grant(reach: Reach, sees: K, *may: Permission) -> Grant:
    return Grant(reach, sees, frozenset(may))


P = Permission
_ALL, _OWN = Reach.ALL, Reach.RELATED
_K1, _K2, _K3 = K.INTERNAL, K.CONFIDENTIAL, K.RESTRICTED
_DECLARE = (P.ESCALATIONS_READ, P.ESCALATIONS_DECLARE)
_PAPERS = (P.BRIEFINGS_READ, P.BRIEFINGS_OWN)
_WORK = (*_DECLARE, P.ESCALATIONS_WORK, P.CUSTOMER_ROOM_MANAGE)
_EVERYBODY = _grant(_OWN, _K2, P.HOME, P.NOTICES_CHOOSE)

TABLE: dict[Role, dict[Subject, Grant]] = {
    Role.CSM: {
        Subject.ACCOUNT: _grant(_OWN, _K2, P.ACCOUNTS_READ, P.ACCOUNTS_EDIT),
        Subject.ESCALATION: _grant(_OWN, _K2, *_WORK, P.ESCALATIONS_CLOSE),
        Subject.CONCESSION: _grant(
            _OWN, _K3, P.CONCESSIONS_READ, P.CONCESSIONS_PROPOSE, P.CONCESSIONS_APPROVE
        ),
        Subject.NOMINATION: _grant(_OWN, _K2, P.SPONSORSHIP_READ, P.SPONSORSHIP_NOMINATE),
        Subject.SPONSORSHIP: _grant(_OWN, _K2, P.SPONSORSHIP_READ),
        Subject.POSTMORTEM: _grant(_OWN, _K2, P.POSTMORTEMS_READ, P.POSTMORTEMS_CONTRIBUTE),
        Subject.BRIEFING: _grant(_OWN, _K2, *_PAPERS, P.BRIEFINGS_MAKE),
        Subject.POLICY: _grant(_ALL, _K1, P.POLICIES_READ),
    },
    Role.ACCOUNT_MANAGER: {
        Subject.ACCOUNT: _grant(_OWN, _K2, P.ACCOUNTS_READ),
        Subject.ESCALATION: _grant(_OWN, _K2, *_DECLARE),
        Subject.CONCESSION: _grant(_OWN, _K3, P.CONCESSIONS_READ, P.CONCESSIONS_PROPOSE),
        Subject.NOMINATION: _grant(_OWN, _K2, P.SPONSORSHIP_READ, P.SPONSORSHIP_NOMINATE),
        Subject.SPONSORSHIP: _grant(_OWN, _K2, P.SPONSORSHIP_READ),
        Subject.POSTMORTEM: _grant(_OWN, _K1, P.POSTMORTEMS_READ, P.POSTMORTEMS_CONTRIBUTE),
        Subject.BRIEFING: _grant(_OWN, _K2, *_PAPERS),
        Subject.POLICY: _grant(_ALL, _K1, P.POLICIES_READ),
    },
    Role.SUPPORT: {
        Subject.ACCOUNT: _grant(_ALL, _K1, P.ACCOUNTS_READ),
        Subject.ESCALATION: _grant(_OWN, _K1, *_WORK, P.ESCALATIONS_CLOSE),
        Subject.CONCESSION: _grant(_OWN, _K3, P.CONCESSIONS_READ, P.CONCESSIONS_PROPOSE),
        Subject.POSTMORTEM: _grant(_OWN, _K1, P.POSTMORTEMS_READ, P.POSTMORTEMS_CONTRIBUTE),
        Subject.POLICY: _grant(_ALL, _K1, P.POLICIES_READ),
    },
    Role.ESCALATION_MANAGER: {
        Subject.ACCOUNT: _grant(_ALL, _K2, P.ACCOUNTS_READ, P.ACCOUNTS_EDIT, P.ACCOUNTS_MERGE),
        Subject.ESCALATION: _grant(
            _ALL,
            _K2,
            *_WORK,
            P.ESCALATIONS_CLOSE,
            P.ESCALATIONS_MANAGE,
            P.INTAKE_READ,
            P.INTAKE_ASSIGN,
        ),
        Subject.CONCESSION: _grant(
            _ALL,
            _K3,
            P.CONCESSIONS_READ,
            P.CONCESSIONS_PROPOSE,
            P.CONCESSIONS_APPROVE,
            P.CONCESSIONS_TERMS,
        ),
        Subject.NOMINATION: _grant(_ALL, _K2, P.SPONSORSHIP_READ, P.SPONSORSHIP_NOMINATE),
        Subject.SPONSORSHIP: _grant(_ALL, _K2, P.SPONSORSHIP_READ),
        Subject.POSTMORTEM: _grant(
            _ALL, _K3, P.POSTMORTEMS_READ, P.POSTMORTEMS_CONTRIBUTE, P.POSTMORTEMS_WRITE
        ),
        Subject.BRIEFING: _grant(_OWN, _K2, *_PAPERS, P.BRIEFINGS_MAKE),
        Subject.POLICY: _grant(_ALL, _K1, P.POLICIES_READ),
    },
    Role.FINANCE: {
        Subject.ACCOUNT: _grant(_ALL, _K2, P.ACCOUNTS_READ),
        Subject.ESCALATION: _grant(_OWN, _K2, *_DECLARE),
        Subject.CONCESSION: _grant(
            _ALL,
            _K3,
            P.CONCESSIONS_READ,
            P.CONCESSIONS_APPROVE,
            P.CONCESSIONS_TERMS,
            P.CONCESSIONS_BOOKS,
            P.CONCESSIONS_CLOSE,
        ),
        Subject.NOMINATION: _grant(_ALL, _K2, P.SPONSORSHIP_READ),
        Subject.POSTMORTEM: _grant(_OWN, _K2, P.POSTMORTEMS_READ, P.POSTMORTEMS_CONTRIBUTE),
        Subject.BRIEFING: _grant(_OWN, _K3, *_PAPERS, P.BRIEFINGS_MAKE),
        Subject.POLICY: _grant(_ALL, _K2, P.POLICIES_READ),
    },
    Role.LEGAL: {
        Subject.ACCOUNT: _grant(_ALL, _K2, P.ACCOUNTS_READ),
        Subject.ESCALATION: _grant(_OWN, _K3, *_DECLARE),
        Subject.CONCESSION: _grant(_OWN, _K3, P.CONCESSIONS_READ, P.CONCESSIONS_APPROVE),
        Subject.POSTMORTEM: _grant(_OWN, _K3, P.POSTMORTEMS_READ, P.POSTMORTEMS_CONTRIBUTE),
        Subject.BRIEFING: _grant(_OWN, _K3, *_PAPERS, P.BRIEFINGS_MAKE),
        Subject.POLICY: _grant(_ALL, _K2, P.POLICIES_READ),
    },
    Role.EXECUTIVE: {
        Subject.ACCOUNT: _grant(_ALL, _K2, P.ACCOUNTS_READ),
        Subject.ESCALATION: _grant(_ALL, _K3, *_DECLARE),
        Subject.CONCESSION: _grant(_ALL, _K3, P.CONCESSIONS_READ, P.CONCESSIONS_APPROVE),
        Subject.NOMINATION: _grant(_OWN, _K2, P.SPONSORSHIP_READ),
        Subject.SPONSORSHIP: _grant(_OWN, _K2, P.SPONSORSHIP_READ),
        Subject.POSTMORTEM: _grant(_ALL, _K2, P.POSTMORTEMS_READ),
        Subject.BRIEFING: _grant(_OWN, _K3, *_PAPERS),
        Subject.POLICY: _grant(_ALL, _K2, P.POLICIES_READ),
    },
    Role.LEADERSHIP: {
        Subject.ACCOUNT: _grant(_ALL, _K2, P.ACCOUNTS_READ),
        Subject.ESCALATION: _grant(_ALL, _K3, *_DECLARE, P.ESCALATIONS_CLOSE),
        Subject.CONCESSION: _grant(
            _ALL, _K3, P.CONCESSIONS_READ, P.CONCESSIONS_APPROVE, P.CONCESSIONS_BOOKS
        ),
        Subject.NOMINATION: _grant(_ALL, _K2, P.SPONSORSHIP_READ, P.SPONSORSHIP_DECIDE),
        Subject.SPONSORSHIP: _grant(_ALL, _K2, P.SPONSORSHIP_READ),
        Subject.POSTMORTEM: _grant(_ALL, _K3, P.POSTMORTEMS_READ, P.POSTMORTEMS_APPROVE),
        Subject.BRIEFING: _grant(_OWN, _K3, *_PAPERS, P.BRIEFINGS_MAKE),
        Subject.POLICY: _grant(_ALL, _K2, P.POLICIES_READ),
    },
    Role.PROGRAMME_MANAGER: {
        Subject.ACCOUNT: _grant(_ALL, _K2, P.ACCOUNTS_READ),
        Subject.ESCALATION: _grant(_OWN, _K2, *_DECLARE),
        Subject.NOMINATION: _grant(
            _ALL,
            _K2,
            P.SPONSORSHIP_READ,
            P.SPONSORSHIP_NOMINATE,
            P.SPONSORSHIP_DECIDE,
            P.SPONSORSHIP_MANAGE,
        ),
        Subject.SPONSORSHIP: _grant(_ALL, _K2, P.SPONSORSHIP_READ, P.SPONSORSHIP_MANAGE),
        Subject.POSTMORTEM: _grant(_OWN, _K1, P.POSTMORTEMS_READ),
        Subject.BRIEFING: _grant(_OWN, _K2, *_PAPERS, P.BRIEFINGS_MAKE),
        Subject.POLICY: _grant(_ALL, _K1, P.POLICIES_READ),
    },
    Role.CONTRIBUTOR: {
        Subject.ESCALATION: _grant(_OWN, _K1, *_DECLARE),
        Subject.POSTMORTEM: _grant(_OWN, _K1, P.POSTMORTEMS_READ, P.POSTMORTEMS_CONTRIBUTE),
        Subject.POLICY: _grant(_ALL, _K1, P.POLICIES_READ),
    },
    Role.PRIVACY: {
        Subject.ESCALATION: _grant(_OWN, _K1, *_DECLARE),
        Subject.POLICY: _grant(_ALL, _K1, P.POLICIES_READ),
        Subject.PEOPLE: _grant(_ALL, _K1, P.PRIVACY_READ, P.ADMIN_SEE),
    },
    Role.AUDITOR: {
        Subject.ACCOUNT: _grant(_ALL, _K2, P.ACCOUNTS_READ),
        Subject.ESCALATION: _grant(_ALL, _K2, P.ESCALATIONS_READ),
        Subject.CONCESSION: _grant(_ALL, _K3, P.CONCESSIONS_READ, P.CONCESSIONS_BOOKS),
        Subject.NOMINATION: _grant(_ALL, _K2, P.SPONSORSHIP_READ),
        Subject.SPONSORSHIP: _grant(_ALL, _K2, P.SPONSORSHIP_READ),
        Subject.POSTMORTEM: _grant(_ALL, _K1, P.POSTMORTEMS_READ),
        Subject.BRIEFING: _grant(_ALL, _K1),
        Subject.POLICY: _grant(_ALL, _K2, P.POLICIES_READ),
        Subject.AUDIT: _grant(_ALL, _K3, P.AUDIT_READ, P.AUDIT_VERIFY, P.ADMIN_SEE),
        Subject.PEOPLE: _grant(_ALL, _K1, P.PEOPLE_READ, P.WEBHOOKS_WATCH),
    },
    Role.ADMIN: {
        Subject.ACCOUNT: _grant(Reach.NONE, _K1, P.ACCOUNTS_IMPORT),
        Subject.POLICY: _grant(_ALL, _K1, P.POLICIES_READ),
        Subject.AUDIT: _grant(_OWN, _K1, P.AUDIT_READ),
        Subject.PEOPLE: _grant(
            _ALL,
            _K1,
            P.PEOPLE_READ,
            P.PEOPLE_MANAGE,
            P.ADMIN_SEE,
            P.MAIL_WATCH,
            P.JOBS_WATCH,
            P.WEBHOOKS_WATCH,
            P.WEBHOOKS_MANAGE,
        ),
    },
}
# Who drafts which policy, and whose signatures it needs, is in policies/rules/rights.py.
_SEE, _PROPOSE, _PUBLISH = P.POLICIES_DRAFTS, P.POLICIES_PROPOSE, P.POLICIES_PUBLISH
for _role, _more in {
    Role.ESCALATION_MANAGER: (_SEE, _PROPOSE),
    Role.FINANCE: (_SEE, _PROPOSE, _PUBLISH),
    Role.LEGAL: (_SEE, _PROPOSE),
    Role.LEADERSHIP: (_SEE, _PUBLISH),
    Role.PROGRAMME_MANAGER: (_SEE, _PROPOSE),
    Role.AUDITOR: (_SEE,),
    Role.ADMIN: (_SEE, _PROPOSE),
}.items():
    _read = TABLE[_role][Subject.POLICY]
    TABLE[_role][Subject.POLICY] = _grant(_read.reach, _read.sees, *_read.may, *_more)
# A post-mortem before it is published: auditors and programme managers wait for that, and the
# people it names (K3) are for those who write, approve or release it.
for _role, _draft in {
    Role.CSM: _grant(_OWN, _K2),
    Role.ACCOUNT_MANAGER: _grant(_OWN, _K1),
    Role.SUPPORT: _grant(_OWN, _K1),
    Role.ESCALATION_MANAGER: _grant(_ALL, _K3),
    Role.FINANCE: _grant(_OWN, _K2),
    Role.LEGAL: _grant(_OWN, _K3),
    Role.EXECUTIVE: _grant(_ALL, _K2),
    Role.LEADERSHIP: _grant(_ALL, _K3),
    Role.CONTRIBUTOR: _grant(_OWN, _K1),
}.items():
    TABLE[_role][Subject.POSTMORTEM_DRAFT] = _draft
# What customers said after a closing: for those who read what is confidential of their cases.
for _role, _grants in TABLE.items():
    _cases = _grants.get(Subject.ESCALATION)
    if _cases is not None and _cases.sees >= _K2:
        _grants[Subject.ESCALATION] = _grant(_cases.reach, _cases.sees, *_cases.may, P.SURVEYS_READ)
# The quarterly review is leadership's; escalation managers prepare it, and who decides with them
# reads it. What its pack tells follows what each reader may see.
for _role, _review in {
    Role.LEADERSHIP: _grant(_ALL, _K3, P.REVIEWS_READ, P.REVIEWS_TAKE_PART, P.REVIEWS_RUN),
    Role.ESCALATION_MANAGER: _grant(_ALL, _K2, P.REVIEWS_READ, P.REVIEWS_TAKE_PART, P.REVIEWS_RUN),
    Role.EXECUTIVE: _grant(_ALL, _K2, P.REVIEWS_READ, P.REVIEWS_TAKE_PART),
}.items():
    TABLE[_role][Subject.REVIEW] = _review
# How customers stand: for those who read what is confidential of them; worked on, and told what
# other systems observe, by those who change accounts.
for _grants in TABLE.values():
    _own = _grants.get(Subject.ACCOUNT)
    if _own is not None and _own.sees >= _K2:
        _works = P.ACCOUNTS_EDIT in _own.may
        _risk = (P.RISK_READ, P.RISK_WORK, P.ACCOUNTS_SIGNALS) if _works else (P.RISK_READ,)
        _grants[Subject.ACCOUNT] = _grant(_own.reach, _own.sees, *_own.may, *_risk)
# A table of exchange rates is sent by one of these and published by another.
for _role in (Role.FINANCE, Role.LEADERSHIP):
    _own = TABLE[_role][Subject.ACCOUNT]
    TABLE[_role][Subject.ACCOUNT] = _grant(_own.reach, _own.sees, *_own.may, P.ACCOUNTS_RATES)
# What the front line says about an incident: read by whoever speaks with customers, approved by who
# leads escalations, by leadership, or by counsel. And who says how often customers are asked.
_SAY, _WRITE, _SIGN = P.STATEMENTS_READ, P.STATEMENTS_WRITE, P.STATEMENTS_APPROVE
for _role, _more in {
    Role.CSM: (_SAY, _WRITE),
    Role.ACCOUNT_MANAGER: (_SAY,),
    Role.SUPPORT: (_SAY, _WRITE),
    Role.ESCALATION_MANAGER: (_SAY, _WRITE, _SIGN, P.SURVEYS_MANAGE),
    Role.LEGAL: (_SAY, _SIGN),
    Role.EXECUTIVE: (_SAY,),
    Role.LEADERSHIP: (_SAY, _SIGN, P.SURVEYS_MANAGE),
    Role.AUDITOR: (_SAY,),
}.items():
    _cases = TABLE[_role][Subject.ESCALATION]
    TABLE[_role][Subject.ESCALATION] = _grant(_cases.reach, _cases.sees, *_cases.may, *_more)
# How an incident stands technically: asked once for all, by those who work on cases; read and
# answered by everybody who reads cases, for anybody of them can be asked.
for _grants in TABLE.values():
    _cases = _grants.get(Subject.ESCALATION)
    if _cases is not None:
        _more = (P.ROUNDS_READ,)
        _more += (P.ROUNDS_ANSWER,) if P.ESCALATIONS_DECLARE in _cases.may else ()
        _more += (P.ROUNDS_WRITE,) if P.ESCALATIONS_WORK in _cases.may else ()
        _grants[Subject.ESCALATION] = _grant(_cases.reach, _cases.sees, *_cases.may, *_more)
for _role in (Role.ESCALATION_MANAGER, Role.LEADERSHIP, Role.ADMIN):
    TABLE[_role][Subject.NOTIFICATION] = _grant(_OWN, _K2, *_EVERYBODY.may, P.DUTY_PLAN)
for _grants in TABLE.values():
    _grants.setdefault(Subject.NOTIFICATION, _EVERYBODY)
    _grants.setdefault(Subject.AUDIT, _grant(_OWN, _K2, P.AUDIT_READ))

SENSITIVE_ROLES = frozenset(
    {Role.EXECUTIVE, Role.LEGAL, Role.FINANCE, Role.LEADERSHIP, Role.AUDITOR, Role.ADMIN}
)
"""Roles whose grant needs a second person."""
