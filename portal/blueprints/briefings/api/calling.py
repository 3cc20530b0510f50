"""Calls with customers, for programs: prepared with a card, and what was promised in them."""

from flask import Response, current_app, url_for

from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Actor, Permission
from portal.core.api import Paging, answer, call, once, read_body, read_query, shapes
from portal.core.errors import Refused
from portal.core.i18n import _
from portal.core.web import require, viewer

from .. import actions, queries
from ..models import Call
from ..schemas import (
    CallAbout,
    CallAhead,
    CallLine,
    CallOut,
    CallPage,
    CallPlanIn,
    CallSaidIn,
    GuestOut,
)
from .blueprint import bp


@bp.get("/calls")
@require(Permission.BRIEFINGS_READ)
@shapes(asks=Paging, gives=CallPage)
def calls() -> Response:
    """List the calls that the caller makes or prepared, the latest first."""
    return call(_page)


def _page() -> Response:
    asked = read_query(Paging)
    found = queries.calls(viewer(), now=clock.now(), cursor=asked.after or None, limit=asked.limit)
    items = [
        CallLine(
            id=row.id,
            at=row.at,
            about=row.case_ref or row.account_ref,
            account=row.account,
            by=row.caller,
            promises=row.promises,
            dropped=row.dropped_at is not None,
            answered=row.answered_at is not None,
        )
        for row in found.rows
    ]
    return answer(CallPage(items=items, after=found.after))


@bp.get("/calls/proposed")
@require(Permission.BRIEFINGS_READ)
@shapes(asks=CallAbout, gives=CallAhead)
def proposed() -> Response:
    """Say who may be in the room of a call about a case or customer, and what the playbook says."""
    return call(_proposed)


def _proposed() -> Response:
    found = queries.ahead(viewer(), read_query(CallAbout).about, now=clock.now())
    room = [
        GuestOut(contact=one.id, name=one.name, stake=found.stakes.get(one.id, ""))
        for one in found.contacts
    ]
    return answer(CallAhead(room=room, say=list(found.say), avoid=list(found.avoid)))


@bp.post("/calls")
@require(Permission.BRIEFINGS_READ)
@shapes(takes=CallPlanIn, gives=CallOut, status=201)
def plan_call() -> Response:
    """Prepare a call and make the card of who calls."""
    return once(_plan)


def _plan() -> Response:
    asked = read_body(CallPlanIn)
    found = queries.ahead(viewer(), asked.about, now=clock.now())
    known = {one.id for one in found.contacts}
    if any(one.contact not in known for one in asked.room):
        raise Refused(_("This is nobody of the customer's."), field="room")
    wish = actions.CallWish(
        about=asked.about,
        at=asked.at,
        guests={one.contact: one.stake for one in asked.room},
        say=asked.say,
        avoid=asked.avoid,
    )
    row = actions.plan(
        viewer(), wish, caller=_caller(asked.by), verify_at=_verify_at(), now=clock.now()
    )
    where = url_for("briefings_api.show_call", number=row.id)
    return answer(_out(row), status=201, location=where)


def _caller(address: str | None) -> Actor:
    if address is None:
        return viewer()
    person = auth_queries.by_email(address)
    if person is None or not person.active:
        raise Refused(_("Nobody signs in with this address."), field="by")
    return auth_queries.actor_of(person)


def _verify_at() -> str:
    base: str = current_app.config["PORTAL"].base_url
    return base.partition("://")[2] + url_for("briefings.verify")


def _out(row: Call) -> CallOut:
    card = queries.card_of(row, viewer())
    return CallOut(
        id=row.id,
        at=row.at,
        about=row.case_ref or queries.account_of(row).reference,
        by=queries.caller_names([row])[row.caller_id],
        room=[
            GuestOut(contact=one.id, name=one.name, stake=stake)
            for one, stake in queries.guests(row)
        ],
        say=list(row.say),
        avoid=list(row.avoid),
        card=card[0].reference if card else None,
        opens=bool(card and card[1]),
        promises=row.promises,
        answered_at=row.answered_at,
        dropped_at=row.dropped_at,
    )


@bp.get("/calls/<int:number>")
@require(Permission.BRIEFINGS_READ)
@shapes(gives=CallOut)
def show_call(number: int) -> Response:
    """Give a call; its card is an issue like any other."""
    return call(lambda: answer(_out(queries.call(viewer(), number, now=clock.now()))))


@bp.post("/calls/<int:number>/renew")
@require(Permission.BRIEFINGS_READ)
@shapes(gives=CallOut)
def renew_call(number: int) -> Response:
    """Make the card of a coming call from what is known now."""
    return once(lambda: _renew(number))


def _renew(number: int) -> Response:
    row = queries.call(viewer(), number, now=clock.now())
    actions.renew(row, verify_at=_verify_at(), by=viewer(), now=clock.now())
    return answer(_out(row))


@bp.post("/calls/<int:number>/drop")
@require(Permission.BRIEFINGS_READ)
@shapes(gives=CallOut)
def drop_call(number: int) -> Response:
    """Say that a call does not take place."""
    return once(lambda: _drop(number))


def _drop(number: int) -> Response:
    row = queries.call(viewer(), number, now=clock.now())
    actions.drop(row, by=viewer(), now=clock.now())
    return answer(_out(row))


@bp.post("/calls/<int:number>/promises")
@require(Permission.BRIEFINGS_READ)
@shapes(takes=CallSaidIn, gives=CallOut)
def after_call(number: int) -> Response:
    """Say what was promised on the phone: it goes into the ledger; nothing is an answer, too."""
    return once(lambda: _after(number))


def _after(number: int) -> Response:
    asked = read_body(CallSaidIn)
    row = queries.call(viewer(), number, now=clock.now())
    said = [
        actions.Promised(what=one.what, kind=one.kind, to_whom=one.to_whom, due_at=one.due_at)
        for one in asked.promised
    ]
    actions.answer(row, said, by=viewer(), now=clock.now())
    return answer(_out(row))
