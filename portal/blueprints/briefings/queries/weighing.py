"""Collecting the facts of a compensation memo, by what its reader may see."""

from datetime import datetime
from decimal import Decimal

from portal.blueprints.concessions import queries as concession_queries
from portal.blueprints.concessions import rules as concession_rules
from portal.blueprints.concessions.models import Concession
from portal.blueprints.policies.rules import word
from portal.core.access import Actor, K
from portal.core.i18n import _, speaking
from portal.core.money import Money, from_minor
from portal.reports import facts as paper

from ..rules import Edition
from . import collecting, leading

POINT = Decimal("0.1")


def memo_facts(
    row: Concession, *, reader: Actor, edition: Edition, now: datetime
) -> collecting.Collected[paper.CompensationMemo]:
    """Freeze what the reader may know of a compensation at this moment."""
    with speaking(edition.locale, reader.zone):
        bench = concession_queries.bench(reader, row, now=now)
        found = collecting.marked(
            _memo(bench, reader=reader, edition=edition, now=now), K.RESTRICTED
        )
    return collecting.Collected(found, K.RESTRICTED, frozenset(filter(None, [row.case_ref])))


def _memo(
    bench: concession_queries.Bench, *, reader: Actor, edition: Edition, now: datetime
) -> paper.CompensationMemo:
    row, case, weighed = bench.row, bench.case, bench.weighed
    background = weighed.background if weighed else None
    enough = bench.comparison is not None and bench.comparison.enough
    limits = _reads_limits(bench, reader=reader)
    best = bench.recommendation if limits else None
    return paper.CompensationMemo(
        issue=collecting.header(reader, edition=edition, now=now),
        reader=collecting.addressee(reader),
        account=collecting.identity(bench.account),
        reference=row.reference,
        state=paper.MemoState(row.state.value),
        case_reference=row.case_ref,
        severity=paper.Severity(case.severity.value) if case else None,
        requested_by=bench.names.get(row.requested_by_id or 0),
        requested_on=leading.day_in(row.requested_at, reader.zone),
        answer_by=case.deadline_at if case else None,
        lapses=row.lapses_at,
        why=row.why or None,
        apology=row.apology or None,
        fix=row.fix or None,
        product=row.product or None,
        parts=_parts(bench),
        face=bench.face if bench.parts else None,
        cost=bench.cost if bench.parts else None,
        proven_loss=from_minor(row.loss_minor, row.currency) if row.loss_documented else None,
        still_owed=bench.still_owed,
        recommended=paper.Recommended(low=best.low, target=best.target, high=best.high)
        if best
        else None,
        not_offered=_lines(row.not_offered) if limits else None,
        precedents=_precedents(bench),
        median=bench.comparison.median if bench.comparison and enough else None,
        gesture=bench.gesture,
        worth=_worth(bench),
        path=_path(bench, reader=reader),
        given=bench.given,
        budget=weighed.budget if weighed else None,
        budget_left=background.budget_left if background else None,
        objections=tuple(
            paper.Objection(text=one.message, stops=one.stops) for one in bench.objections
        ),
        insurer=bool(row.insurer) if bench.insurer_asked or row.insurer else None,
        taxes=_taxes(bench),
        revenue=_revenue(bench),
        draws=bench.counted,
        liability_cap=background.liability_cap if background else None,
        sole_remedy=bench.account.sole_remedy or None,
        governing_law=bench.account.governing_law or None,
        policy=row.policy_number if row.requested_at else weighed.number if weighed else None,
    )


def _lines(text: str) -> tuple[str, ...] | None:
    return tuple(line for line in text.splitlines() if line.strip()) or None


def _reads_limits(bench: concession_queries.Bench, *, reader: Actor) -> bool:
    """Say whether a reader may see limits of negotiation: the executive owner and who signs; nobody
    while the case is in legal mode.
    """
    case = bench.case
    if case is not None and case.legal_mode:
        return False
    if case is not None and reader.id is not None and case.executive_owner_id == reader.id:
        return True
    signed = reader.id in {one.person_id for one in concession_queries.living(bench.row)}
    return bench.my_turn or signed


def _parts(bench: concession_queries.Bench) -> tuple[paper.MemoPart, ...]:
    return tuple(
        paper.MemoPart(
            ground=paper.Ground(part.ground.value),
            what=part.what,
            evidence=part.evidence or None,
            face=bench.money(part.face_minor),
            cost=bench.money(part.cost_minor),
        )
        for part in bench.parts
    )


def _taxes(bench: concession_queries.Bench) -> tuple[str, ...]:
    """Say how each form of the offer is taxed, each once."""
    found = []
    for part in bench.parts:
        treated = bench.treatments[part.id]
        how = word(treated.tax) if treated else _("not decided by finance")
        found.append(_("%(form)s: %(tax)s", form=word(part.form.value), tax=how))
    return tuple(dict.fromkeys(found))


def _revenue(bench: concession_queries.Bench) -> str | None:
    if not bench.touches_revenue:
        return None
    signed = bench.revenue_signed
    if signed is None:
        return _("It touches when revenue is recognised: revenue accounting signs before delivery.")
    name = bench.names.get(signed.person_id, "")
    return _("Signed for revenue accounting by %(name)s.", name=name)


def _precedents(bench: concession_queries.Bench) -> tuple[paper.Precedent, ...]:
    return tuple(
        paper.Precedent(
            face=one.case.gesture, day=one.case.decided_at.date(), reference=one.reference
        )
        for one in bench.precedents
    )


def _worth(bench: concession_queries.Bench) -> paper.Worth | None:
    levels = {one.level: _level(one.value, one.even) for one in bench.worth}
    if not any(level.value for level in levels.values()):
        return None
    return paper.Worth(**levels)


def _level(value: Money | None, even: concession_rules.BreakEven | None) -> paper.WorthLevel:
    points = (even.needed * 100).quantize(POINT) if even and even.needed is not None else None
    return paper.WorthLevel(
        value=value,
        points=points,
        can_pay=even.can_pay if even and points is not None else None,
    )


def _path(bench: concession_queries.Bench, *, reader: Actor) -> tuple[paper.Signing, ...]:
    return tuple(
        paper.Signing(
            seat=paper.Seat(place.role),
            why=place.why,
            who=place.who or ", ".join(place.candidates[:3]) or None,
            on=place.at,
            now=place.state == "now",
            mine=place.state == "now" and bench.my_turn and reader.name in place.candidates,
        )
        for place in bench.path
    )
