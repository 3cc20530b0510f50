"""Telling those whom a text names with an @."""

from collections.abc import Sequence
from datetime import datetime

from portal.blueprints.accounts.models import Lane
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.notifications import actions as notification_actions
from portal.core import access
from portal.core.access import Actor, K, Subject
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries
from ..models import Escalation
from ..rules.mentions import MOST, Named, mentions, names_somebody


def named_in(case: Escalation, text: str, *, lane: Lane, by: Actor, now: datetime) -> list[Named]:
    """Give whom a text names; refused where a name is unclear, or somebody may not read it."""
    if not names_somebody(text):
        return []
    found = mentions(text, queries.nameable())
    for word, names in found.unclear.items():
        raise Refused(
            _(
                "@%(word)s could be %(names)s: write the full name.",
                word=word,
                names=", ".join(names),
            ),
            field="text",
        )
    if len(found.people) > MOST:
        raise Refused(
            _("You name more than %(n)s people: name those who must act.", n=MOST), field="text"
        )
    shut = [one.name for one in found.people if not reads(case, one.id, lane=lane, now=now)]
    if shut:
        raise Refused(
            _(
                "%(names)s may not read this, so nobody was told. Leave out the @, or have them"
                " added to the case first.",
                names=", ".join(shut),
            ),
            field="text",
        )
    return [one for one in found.people if one.id != by.id]


def reads(case: Escalation, person_id: int, *, lane: Lane, now: datetime) -> bool:
    """Say whether somebody may read what is said in a lane of a case."""
    reader = auth_queries.actor(person_id)
    klass = K.RESTRICTED if lane is Lane.EXECUTIVE else K.INTERNAL
    allowed = access.sees(reader, Subject.ESCALATION, klass=klass, related=True)
    return allowed and queries.sees_case(case, reader, now=now)


def tell_named(
    case: Escalation,
    people: Sequence[Named],
    text: str,
    *,
    uid: str,
    lane: Lane,
    by: Actor,
    now: datetime,
) -> tuple[str, ...]:
    """Tell those who are named in an entry, each once by the entry's event; gives their names."""
    for one in people:
        notification_actions.notify(
            one.id,
            template="escalations/mentioned",
            context={
                "reference": case.reference,
                "account": queries.account_of(case).name,
                "by": by.name,
                "text": text[:1_000],
            },
            why="mentioned",
            key=f"{case.reference}:mentioned:{uid}:{one.id}",
            record=case.reference,
            account_id=case.account_id,
            klass=K.RESTRICTED if lane is Lane.EXECUTIVE else K.INTERNAL,
            by=by,
            now=now,
        )
    return tuple(one.name for one in people)
