"""Trying criteria, the direct line and gifts for programs."""

from decimal import Decimal

from flask import Response

from portal.blueprints.accounts import queries as account_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.api import amount_of, answer, call, once, read_body, read_query, shapes
from portal.core.errors import NotFound
from portal.core.money import Money
from portal.core.web import require, viewer

from .. import actions, queries, rules
from ..models import LineMessage, Sponsorship
from ..schemas import (
    EvidenceOut,
    GiftList,
    GiftOut,
    NewGift,
    NewSponsorAnswer,
    SponsorWordList,
    SponsorWordOut,
    TriedOut,
    TriedUnder,
    TryAsked,
)
from .blueprint import bp

LARGEST = 1 << 31


@bp.get("/try")
@require(Permission.SPONSORSHIP_DECIDE)
@shapes(asks=TryAsked, gives=TriedOut)
def try_criteria() -> Response:
    """Hold an account against the criteria in force, and those of a draft; nothing changes."""
    return call(_tried)


def _tried() -> Response:
    asked, by, now = read_query(TryAsked), viewer(), clock.now()
    if asked.draft is not None and not by.may(Permission.POLICIES_DRAFTS):
        raise NotFound
    klass = account_queries.own_class(by)
    account = account_queries.get(by, asked.account.upper(), now=now, klass=klass)
    found = queries.tried(by, account, asked.lane, draft_id=asked.draft, now=now)
    return answer(
        TriedOut(
            account=account.reference,
            lane=asked.lane,
            policy_version=found.number,
            now=_under(found.now),
            draft=_under(found.then) if found.then else None,
        )
    )


def _under(check: rules.Check) -> TriedUnder:
    return TriedUnder(
        eligible=check.eligible,
        score=float(check.score.value),
        possible=float(check.score.possible),
        criteria=[
            EvidenceOut(name=one.key, met=one.met is True, source=one.source, as_of=one.as_of)
            for one in check.criteria
        ],
    )


@bp.get("/sponsorships/<reference>/messages")
@require(Permission.SPONSORSHIP_READ)
@shapes(gives=SponsorWordList)
def messages(reference: str) -> Response:
    """List what the customer wrote to their sponsor, with the answers."""

    def work() -> Response:
        row = queries.get_sponsorship(viewer(), reference, now=clock.now())
        return answer(SponsorWordList(items=[_word(one) for one in queries.written(row)]))

    return call(work)


def _word(one: LineMessage) -> SponsorWordOut:
    return SponsorWordOut(
        id=one.id,
        text=one.text,
        at=one.at,
        due_at=one.due_at,
        passed_on_at=one.passed_on_at,
        answer=one.answer,
        answered_at=one.answered_at,
    )


@bp.post("/sponsorships/<reference>/messages/<int:number>/answer")
@require(Permission.SPONSORSHIP_READ)
@shapes(takes=NewSponsorAnswer, gives=SponsorWordOut)
def answer_line(reference: str, number: int) -> Response:
    """Answer what the customer wrote."""
    by, now = viewer(), clock.now()

    def do() -> Response:
        row, message = _written(reference, number)
        given = read_body(NewSponsorAnswer)
        actions.answer_line(row, message, text=given.answer, by=by, now=now)
        return answer(_word(message))

    return once(do)


def _written(reference: str, number: int) -> tuple[Sponsorship, LineMessage]:
    row = queries.get_sponsorship(viewer(), reference, now=clock.now(), lock=True)
    if number >= LARGEST:
        raise NotFound
    return row, queries.message(row, number)


@bp.get("/sponsorships/<reference>/gifts")
@require(Permission.SPONSORSHIP_READ)
@shapes(gives=GiftList)
def gifts(reference: str) -> Response:
    """List the gifts and invitations of a sponsorship, the newest first."""

    def work() -> Response:
        return answer(_gifts(queries.get_sponsorship(viewer(), reference, now=clock.now())))

    return call(work)


def _gifts(row: Sponsorship) -> GiftList:
    sums = queries.gift_sums(row, now=clock.now())
    items = [
        GiftOut(
            id=one.id,
            kind=one.kind,
            given=one.given,
            on=one.on,
            what=one.what,
            value=amount_of(value),  # type: ignore[arg-type]
            reason=one.reason,
        )
        for one, value in queries.gifts(row)
    ]
    return GiftList(items=items, given_above=sums[True].over, received_above=sums[False].over)


@bp.post("/sponsorships/<reference>/gifts")
@require(Permission.SPONSORSHIP_READ)
@shapes(takes=NewGift, gives=GiftList)
def note_gift(reference: str) -> Response:
    """Note a gift or an invitation; what leads above the limit asks for a reason."""
    by, now = viewer(), clock.now()

    def do() -> Response:
        row = queries.get_sponsorship(by, reference, now=now, lock=True)
        given = read_body(NewGift)
        actions.note_gift(
            row,
            given.kind,
            given=given.given,
            value=Money(Decimal(given.value.amount), given.value.currency),
            what=given.what,
            on=given.on,
            reason=given.reason,
            by=by,
            now=now,
        )
        return answer(_gifts(row))

    return once(do)
