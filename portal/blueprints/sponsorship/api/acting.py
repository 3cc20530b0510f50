"""Nominations and touchpoints for programs: what a person can do, with the same rights."""

from collections.abc import Callable

from flask import Response, url_for

from portal.blueprints.accounts import queries as account_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, once, read_body, shapes
from portal.core.errors import NotFound
from portal.core.web import require, viewer

from .. import actions, queries
from ..models import Nomination
from ..schemas import (
    NewDecision,
    NewNomination,
    NewTouch,
    NewWithdrawal,
    NominationOut,
    SponsorshipOut,
)
from .blueprint import bp
from .reading import shown, told


@bp.post("/nominations")
@require(Permission.SPONSORSHIP_NOMINATE)
@shapes(takes=NewNomination, gives=NominationOut, status=201)
def nominate() -> Response:
    """Draft a nomination of an account; nobody is told before it is sent."""
    return once(_nominate)


def _nominate() -> Response:
    given, by, now = read_body(NewNomination), viewer(), clock.now()
    klass = account_queries.own_class(by)
    account = account_queries.get(by, given.account, now=now, klass=klass)
    row = actions.draft(account, given.lane, by=by, now=now)
    actions.edit(
        row,
        outcome=given.outcome,
        why=given.why,
        customer_executive_id=None,
        proposed_sponsor_id=None,
        expertise=given.expertise,
        by=by,
        now=now,
    )
    address = url_for("sponsorship_api.nomination", reference=row.reference)
    return answer(shown(row), status=201, location=address)


def _on(reference: str, work: Callable[[Nomination], object]) -> Response:
    def do() -> Response:
        row = queries.get_nomination(viewer(), reference, now=clock.now(), lock=True)
        work(row)
        return answer(shown(row))

    return once(do)


@bp.post("/nominations/<reference>/send")
@require(Permission.SPONSORSHIP_NOMINATE)
@shapes(gives=NominationOut)
def send(reference: str) -> Response:
    """Hand a nomination in: criteria and score are stored now."""
    by, now = viewer(), clock.now()
    return _on(reference, lambda row: actions.send(row, by=by, now=now))


@bp.post("/nominations/<reference>/withdraw")
@require(Permission.SPONSORSHIP_NOMINATE)
@shapes(takes=NewWithdrawal, gives=NominationOut)
def withdraw(reference: str) -> Response:
    """Take a nomination back before it is decided."""
    by, now = viewer(), clock.now()

    def work(row: Nomination) -> None:
        actions.withdraw(row, reason=read_body(NewWithdrawal).reason, by=by, now=now)

    return _on(reference, work)


@bp.post("/nominations/<reference>/decide")
@require(Permission.SPONSORSHIP_DECIDE)
@shapes(takes=NewDecision, gives=NominationOut)
def decide(reference: str) -> Response:
    """Admit with a sponsor, put on the waiting list, or decline until a day."""
    by, now = viewer(), clock.now()

    def work(row: Nomination) -> None:
        given = read_body(NewDecision)
        sponsor = queries.get_sponsor(by, given.sponsor) if given.sponsor else None
        actions.decide(
            row,
            given.verdict,
            sponsor_id=sponsor.id if sponsor else None,
            reason=given.reason,
            come_back_on=given.come_back_on,
            by=by,
            now=now,
        )

    return _on(reference, work)


@bp.post("/sponsorships/<reference>/touchpoints/<int:number>")
@require(Permission.SPONSORSHIP_READ)
@shapes(takes=NewTouch, gives=SponsorshipOut)
def touch(reference: str, number: int) -> Response:
    """Note what became of a touchpoint; the sponsor and who runs the programme do."""
    by, now = viewer(), clock.now()

    def do() -> Response:
        if number >= 1 << 31:
            raise NotFound
        row = queries.get_sponsorship(by, reference, now=now, lock=True)
        point, given = queries.touchpoint(row, number), read_body(NewTouch)
        actions.settle_touchpoint(
            row,
            point,
            given.state,
            note=given.note,
            on=given.on,
            minutes=given.minutes,
            by=by,
            now=now,
        )
        return answer(told(row))

    return once(do)
