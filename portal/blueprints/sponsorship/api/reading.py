"""Nominations, sponsorships and sponsors for programs: what the caller may see, to read."""

from flask import Response

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, read_query, shapes
from portal.core.web import require, viewer

from .. import queries
from ..models import LaneKind, Nomination, Sponsorship
from ..schemas import (
    EvidenceOut,
    GoalOut,
    NominationLine,
    NominationOut,
    NominationPage,
    NominationsAsked,
    SponsorLine,
    SponsorList,
    SponsorshipLine,
    SponsorshipList,
    SponsorshipOut,
    TouchpointOut,
)
from .blueprint import bp


@bp.get("/nominations")
@require(Permission.SPONSORSHIP_READ)
@shapes(asks=NominationsAsked, gives=NominationPage)
def nominations() -> Response:
    """List nominations that the caller may see, the newest first, page by page."""
    return call(_nominations)


def _nominations() -> Response:
    asked = read_query(NominationsAsked)
    found = queries.nominations(
        viewer(), now=clock.now(), state=asked.state, cursor=asked.after, limit=asked.limit
    )
    items = [
        NominationLine(
            reference=one.reference,
            account=one.account_ref,
            lane=one.lane,
            state=one.state,
            score=float(one.score) if one.score is not None else None,
            sent_at=one.sent_at,
        )
        for one in found.rows
    ]
    return answer(NominationPage(items=items, after=found.after))


@bp.get("/nominations/<reference>")
@require(Permission.SPONSORSHIP_READ)
@shapes(gives=NominationOut)
def nomination(reference: str) -> Response:
    """Give one nomination with its criteria as they were stored, and the decision."""

    def work() -> Response:
        return answer(shown(queries.get_nomination(viewer(), reference, now=clock.now())))

    return call(work)


def shown(row: Nomination) -> NominationOut:
    """Give a nomination as programs read it."""
    earlier = queries.line_of(viewer(), row.earlier_id, now=clock.now()) if row.earlier_id else None
    begun, panel = queries.sponsorship_of(row), queries.panel_of(row)
    return NominationOut(
        reference=row.reference,
        version=row.version,
        account=account_queries.by_id(row.account_id).reference,
        lane=row.lane,
        state=row.state,
        outcome=row.outcome,
        why=row.why,
        expertise=row.expertise,
        sent_at=row.sent_at,
        score=float(row.score) if row.score is not None else None,
        policy_version=row.policy_number,
        criteria=[
            EvidenceOut(
                name=one["key"], met=one["met"] is True, source=one["source"], as_of=one["as_of"]
            )
            for one in queries.stored(row)
        ],
        decided_at=row.decided_at,
        reason=row.reason,
        come_back_on=row.come_back_on,
        earlier=earlier.reference if earlier else None,
        panel=panel.reference if panel and queries.may_see_votes(viewer(), panel) else None,
        sponsorship=begun.reference if begun else None,
    )


@bp.get("/sponsorships")
@require(Permission.SPONSORSHIP_READ)
@shapes(gives=SponsorshipList)
def sponsorships() -> Response:
    """List the running sponsorships that the caller may see, by their next touchpoint."""

    def work() -> Response:
        found = queries.sponsorships(viewer(), now=clock.now())
        items = [
            SponsorshipLine(
                reference=one.reference,
                account=one.account_ref,
                lane=one.lane,
                state=one.state,
                sponsor=one.sponsor,
                ends_on=one.ends_on,
                next_touch_on=one.next_touch_on,
            )
            for one in found
        ]
        return answer(SponsorshipList(items=items))

    return call(work)


@bp.get("/sponsorships/<reference>")
@require(Permission.SPONSORSHIP_READ)
@shapes(gives=SponsorshipOut)
def sponsorship(reference: str) -> Response:
    """Give one sponsorship with its goals, touchpoints and the exit criteria that are met."""

    def work() -> Response:
        return answer(told(queries.get_sponsorship(viewer(), reference, now=clock.now())))

    return call(work)


def told(row: Sponsorship) -> SponsorshipOut:
    """Give a sponsorship as programs read it."""
    on, points = queries.today(clock.now()), queries.touchpoints(row)
    kept = queries.counted(points, on=on)
    sponsor = queries.sponsor_of(row).person_id
    return SponsorshipOut(
        reference=row.reference,
        version=row.version,
        account=account_queries.by_id(row.account_id).reference,
        lane=row.lane,
        state=row.state,
        sponsor=auth_queries.names([sponsor])[sponsor],
        outcome=row.outcome,
        plan=row.plan,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        ended_on=row.ended_on,
        exit_reason=row.exit_reason,
        reentry_on=row.reentry_on,
        missed_by_us=kept.by_us,
        missed_by_them=kept.by_them,
        late=kept.late,
        exit_criteria_met=[one.reason for one in queries.signals(row)],
        goals=[
            GoalOut(
                what=one.what,
                measure=one.measure,
                due_on=one.due_on,
                reached_on=one.reached_on,
                dropped_on=one.dropped_on,
            )
            for one in queries.goals(row)
        ],
        touchpoints=[
            TouchpointOut(
                id=one.id,
                planned_on=one.planned_on,
                state=one.state,
                held_on=one.held_on,
                minutes=one.minutes,
                agenda=one.agenda,
                note=one.note,
            )
            for one in points
        ],
    )


@bp.get("/sponsors")
@require(Permission.SPONSORSHIP_DECIDE)
@shapes(gives=SponsorList)
def sponsors() -> Response:
    """List the sponsors with what they carry and can carry."""

    def work() -> Response:
        policy, on = queries.policy_in_force()[0], queries.today(clock.now())
        items = [
            SponsorLine(
                reference=one.row.reference,
                name=one.name,
                strategic=one.load.strategic,
                strategic_places=one.places(LaneKind.STRATEGIC, policy),
                recovery=one.load.recovery,
                recovery_places=one.places(LaneKind.RECOVERY, policy),
                hours_month=one.row.hours_month,
                hours_used=float(one.hours_used(policy)),
                trained=one.is_trained(on, policy),
            )
            for one in queries.sponsors(on=on)
        ]
        return answer(SponsorList(items=items))

    return call(work)
