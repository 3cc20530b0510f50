"""Who may see and do what: one table of roles, read by page, API, export, mail and PDF alike.

Deny by default. A permission is a role, in relation to an account or record, times an action,
times a class of field. What may not be seen does not exist.
"""

from .actors import Actor, ActorKind, alike, contact, job, operator, permissions_of, person
from .roles import Grade, Grant, K, Permission, Reach, Role, Subject
from .rows import (
    AT_RUN,
    Instant,
    Relation,
    RelationKind,
    Restriction,
    names,
    reach,
    relate,
    relate_all,
    related_accounts,
    restrict_like,
    scope,
    sees,
    unrelate,
    unseen,
)
from .table import SENSITIVE_ROLES, TABLE

__all__ = [
    "AT_RUN",
    "SENSITIVE_ROLES",
    "TABLE",
    "Actor",
    "ActorKind",
    "Grade",
    "Grant",
    "Instant",
    "K",
    "Permission",
    "Reach",
    "Relation",
    "RelationKind",
    "Restriction",
    "Role",
    "Subject",
    "alike",
    "contact",
    "job",
    "names",
    "operator",
    "permissions_of",
    "person",
    "reach",
    "relate",
    "relate_all",
    "related_accounts",
    "restrict_like",
    "scope",
    "sees",
    "unrelate",
    "unseen",
]
