"""What is sent by the clock, for programs: subscribe, see what became of it, stop."""

from flask import Response

from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Actor, Permission
from portal.core.api import answer, call, once, read_body, shapes
from portal.core.errors import Refused
from portal.core.i18n import _
from portal.core.web import require, viewer

from .. import actions, queries
from ..models import Ending, Kind, Rhythm, Subscription
from ..schemas import SubscriptionIn, SubscriptionOut, SubscriptionPage
from .blueprint import bp


@bp.get("/subscriptions")
@require(Permission.BRIEFINGS_READ)
@shapes(gives=SubscriptionPage)
def subscriptions() -> Response:
    """List what the caller is sent by the clock, and what they had sent to others."""
    return call(lambda: answer(SubscriptionPage(items=_out(queries.subscriptions(viewer())))))


def _out(rows: list[Subscription]) -> list[SubscriptionOut]:
    names = auth_queries.names(row.person_id for row in rows)
    last = queries.last_of(rows)
    return [_line(row, names.get(row.person_id, ""), last.get(row.id)) for row in rows]


def _line(row: Subscription, reader: str, last: queries.Sent | None) -> SubscriptionOut:
    return SubscriptionOut(
        id=row.id,
        kind=row.kind.value,
        about=row.about,
        severity=row.severity,
        rhythm=row.rhythm.value,
        weekday=row.weekday,
        hour=row.hour,
        unchanged=row.unchanged,
        reader=reader,
        next_at=row.next_at,
        ran_at=row.ran_at,
        made=row.made,
        ending=row.ending.value if row.ending else None,
        last=last.reference if last else None,
        mail=last.mail if last else None,
        read_at=last.read_at if last else None,
    )


@bp.post("/subscriptions")
@require(Permission.BRIEFINGS_READ)
@shapes(takes=SubscriptionIn, gives=SubscriptionOut, status=201)
def subscribe() -> Response:
    """Have the caller, or a colleague who may see it, sent briefings by the clock."""
    return once(_subscribe)


def _subscribe() -> Response:
    asked = read_body(SubscriptionIn)
    wish = actions.Wish(
        kind=Kind(asked.kind),
        about=asked.about,
        rhythm=Rhythm(asked.rhythm),
        hour=asked.hour,
        weekday=asked.weekday,
        severity=asked.severity,
        unchanged=asked.unchanged,
    )
    row = actions.subscribe(viewer(), wish, reader=_reader(asked.reader), now=clock.now())
    return answer(_out([row])[0], status=201)


def _reader(address: str | None) -> Actor:
    if address is None:
        return viewer()
    person = auth_queries.by_email(address)
    if person is None or not person.active or not viewer().may(Permission.BRIEFINGS_MAKE):
        raise Refused(_("Nobody signs in with this address."), field="reader")
    return auth_queries.actor_of(person)


@bp.post("/subscriptions/<int:number>/stop")
@require(Permission.BRIEFINGS_READ)
@shapes(gives=SubscriptionOut)
def stop(number: int) -> Response:
    """End a subscription of the caller's, or one that they made."""
    return once(lambda: _stop(number))


def _stop(number: int) -> Response:
    row = queries.subscription(viewer(), number)
    actions.stop(row, Ending.STOPPED, by=viewer(), now=clock.now())
    return answer(_out([row])[0])
