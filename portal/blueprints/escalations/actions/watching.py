"""What the engine says about itself: when it comes late, and where nobody would hear it."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.notifications import actions as notification_actions
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.models import PolicyKind
from portal.core import access, events
from portal.core.access import Actor, K, Permission, Role, Subject
from portal.core.db import insert_once
from portal.core.jobs import JobDone

from .. import rules
from ..queries import EmptyNights, Engine

GAPS = (PolicyKind.SEVERITY, PolicyKind.ROUTING, PolicyKind.PLAYBOOKS)
"""Policies that tell people of cases, or give them cases."""


def warn_of_gaps(*, by: Actor, now: datetime) -> int:
    """Tell administrators and escalation managers what in the policies in force reaches nobody,
    after people have changed; the same gaps are told once a month at most. Gives in how many.
    """
    told = 0
    for kind in GAPS:
        found = policy_queries.gaps(kind)
        said = sha256("\n".join(sorted(one.path for one in found)).encode()).hexdigest()[:16]
        key = f"gaps:{kind}:{said}:{len(found)}:{now:%Y-%m}"
        if found and insert_once(JobDone, key=key, name="escalations.gaps", done_at=now):
            told += 1
            data = {"kind": kind.value, "findings": len(found)}
            events.record("escalations.gaps_found", by=by, now=now, data=data)
            _tell_of_gaps(kind, len(found), key=key, by=by, now=now)
    return told


def warn_of_empty_nights(nights: Sequence[EmptyNights], *, by: Actor, now: datetime) -> int:
    """Tell those who plan the roster that nights become empty, 14 days before and 3, once each per
    team and time; what was empty at the first look is told as it stands. Gives how many warnings.
    """
    told = 0
    for one in nights:
        begins = f"{one.since:%Y-%m-%dT%H:%M}" if one.since > now else f"now:{now:%Y-%m}"
        for days in rules.warnings_due(one.since, now=now)[-1:]:
            key = f"nights:{one.team_id}:{begins}:{days}"
            if insert_once(JobDone, key=key, name="escalations.empty_nights", done_at=now):
                told += 1
                data = {"team": one.team_id, "since": one.since.isoformat(), "days": days}
                events.record("escalations.nights_running_out", by=by, now=now, data=data)
                _tell_planners(one, key=key, by=by, now=now)
    return told


def _tell_planners(one: EmptyNights, *, key: str, by: Actor, now: datetime) -> None:
    planners = {
        person.id
        for role, grants in access.TABLE.items()
        if Permission.DUTY_PLAN in grants[Subject.NOTIFICATION].may
        for person in auth_queries.people(role=role)
    }
    for person_id in sorted(planners | ({one.lead_id} if one.lead_id else set())):
        notification_actions.notify(
            person_id,
            template="escalations/empty_nights",
            context={
                "team": one.team,
                "since": one.since,
                "path": f"/notifications/duty/{one.team_id}",
            },
            why="roster",
            key=f"{key}:{person_id}",
            record=None,
            account_id=None,
            klass=K.INTERNAL,
            by=by,
            now=now,
        )


def _tell_of_gaps(kind: PolicyKind, count: int, *, key: str, by: Actor, now: datetime) -> None:
    for role, why in ((Role.ADMIN, "admin"), (Role.ESCALATION_MANAGER, "policy")):
        for person in auth_queries.people(role=role):
            notification_actions.notify(
                person.id,
                template="escalations/gaps",
                context={"kind": kind.value, "count": count, "path": f"/policies/{kind}#gaps"},
                why=why,
                key=f"{key}:{person.id}",
                record=None,
                account_id=None,
                klass=K.INTERNAL,
                by=by,
                now=now,
            )


def warn_late(engine: Engine, *, by: Actor, now: datetime) -> None:
    """Tell every administrator that notices wait, once an hour at most; nothing while none does."""
    if engine.late_by is None:
        return
    hour = f"ladder late:{now:%Y-%m-%dT%H}"
    if not insert_once(JobDone, key=hour, name="escalations.engine_late", done_at=now):
        return
    events.record("escalations.engine_late", by=by, now=now, data={"minutes": engine.late_minutes})
    for person in auth_queries.people(role=Role.ADMIN):
        notification_actions.notify(
            person.id,
            template="escalations/engine_late",
            context={
                "since": engine.waiting_since,
                "minutes": engine.late_minutes,
                "path": "/admin/jobs",
            },
            why="admin",
            key=f"{hour}:{person.id}",
            record=None,
            account_id=None,
            klass=K.INTERNAL,
            by=by,
            now=now,
        )
