"""Messages to the other customers that a case hits, for programs."""

from decimal import Decimal

from flask import Response

from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, once, read_body, read_query, shapes
from portal.core.errors import NotFound, Refused
from portal.core.web import require, viewer

from .. import actions, queries
from ..models import Mailing
from ..rules.mailing import Picked
from ..schemas.mailing import (
    AnswerIn,
    LineList,
    LineOut,
    LinesAsked,
    MailingList,
    MailingOut,
    NewMailing,
    PickedOut,
    Picking,
)
from .blueprint import acting, bp, held

SHOWN = 100


def _out(row: Mailing) -> MailingOut:
    return MailingOut(
        id=row.id,
        state=row.state.value,
        languages=sorted(row.words),
        total=row.total,
        approved_at=row.approved_at,
        sent_at=row.sent_at,
        **queries.told(row),
    )


@bp.get("/<reference>/mailings")
@require(Permission.ESCALATIONS_READ)
@shapes(gives=MailingList)
def mailings(reference: str) -> Response:
    """List the messages to the other customers that a case hits."""

    def work() -> Response:
        case = queries.get(viewer(), reference, now=clock.now())
        return answer(MailingList(items=[_out(row) for row in queries.mailings(case)]))

    return call(work)


@bp.post("/<reference>/mailings/customers")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=Picking, gives=PickedOut)
def pick_affected(reference: str) -> Response:
    """Put every customer on the list of those hit of which some facts are true; nobody is told."""

    def work() -> Response:
        given, case = read_body(Picking).model_dump(), held(reference)
        for name in ("least_arr", "most_arr"):
            given[name] = None if given[name] is None else Decimal(given[name])
        return answer(PickedOut(new=actions.pick_affected(case, Picked(**given), **acting())))

    return once(work)


@bp.post("/<reference>/mailings")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=NewMailing, gives=MailingOut, status=201)
def write_mailing(reference: str) -> Response:
    """Write a message to the customers hit; it waits for a second person."""

    def work() -> Response:
        given, case = read_body(NewMailing).model_dump(exclude_none=True), held(reference)
        return answer(_out(actions.write_mailing(case, given, **acting())), status=201)

    return once(work)


@bp.post("/<reference>/mailings/<int:mailing_id>/approve")
@require(Permission.ESCALATIONS_READ)
@shapes(gives=MailingOut)
def approve_mailing(reference: str, mailing_id: int) -> Response:
    """Approve a message that somebody else wrote; it goes to each customer in its language."""

    def work() -> Response:
        case = held(reference)
        row = queries.get_mailing(case, mailing_id, lock=True)
        actions.approve_mailing(case, row, **acting())
        return answer(_out(row))

    return once(work)


@bp.post("/<reference>/mailings/<int:mailing_id>/drop")
@require(Permission.ESCALATIONS_WORK)
@shapes(gives=MailingOut)
def drop_mailing(reference: str, mailing_id: int) -> Response:
    """Drop a message that was not approved yet."""

    def work() -> Response:
        case = held(reference)
        row = queries.get_mailing(case, mailing_id, lock=True)
        actions.drop_mailing(case, row, **acting())
        return answer(_out(row))

    return once(work)


@bp.get("/<reference>/mailings/<int:mailing_id>/lines")
@require(Permission.ESCALATIONS_READ)
@shapes(asks=LinesAsked, gives=LineList)
def mailing_lines(reference: str, mailing_id: int) -> Response:
    """List what became of a message, customer by customer."""

    def work() -> Response:
        asked, now = read_query(LinesAsked), clock.now()
        row = queries.get_mailing(queries.get(viewer(), reference, now=now), mailing_id)
        found = queries.lines(row, viewer(), now=now, after=asked.after, limit=SHOWN + 1)
        items = [
            LineOut(
                account=one.reference,
                language=one.language,
                sent_at=one.sent_at,
                answered_at=one.answered_at,
                answer=one.answer,
            )
            for one in found[:SHOWN]
        ]
        more = found[SHOWN - 1].id if len(found) > SHOWN else None
        return answer(LineList(items=items, after=more))

    return call(work)


@bp.post("/<reference>/mailings/<int:mailing_id>/answers")
@require(Permission.ESCALATIONS_WORK)
@shapes(takes=AnswerIn, gives=MailingOut)
def note_mailing_answer(reference: str, mailing_id: int) -> Response:
    """Keep what a customer said to a message."""

    def work() -> Response:
        given, case, now = read_body(AnswerIn), held(reference), clock.now()
        row = queries.get_mailing(case, mailing_id, lock=True)
        try:
            account = queries.visible_account(viewer(), given.account, now=now)
        except NotFound:
            raise Refused("there is no such account", field="account") from None
        actions.note_answer(case, row, account.id, text=given.answer, **acting())
        return answer(_out(row))

    return once(work)
