"""Deciding a nomination: people admit, let wait or decline; the policy only answers."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.accounts.rules import Objection
from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.models import Policy, PolicyKind
from portal.blueprints.policies.rules import SponsorshipPolicy
from portal.core import access
from portal.core.access import Actor, K, Permission, RelationKind, Role
from portal.core.db import db, next_reference
from portal.core.errors import Refused
from portal.core.i18n import _, show_date

from .. import queries, rules
from ..models import (
    LaneKind,
    Nomination,
    NominationState,
    PanelState,
    PanelVerdict,
    Sponsor,
    Sponsorship,
    Touchpoint,
)
from .nominating import against_nominating, lock
from .recording import account_of, inform, log, programme, tell_story, tidy

COME_BACK_MONTHS = 6
"""When a declined account may come back, where nobody said another day: two quarters on."""


def answer(row: Nomination, account: Account, found: rules.Check, *, now: datetime) -> PanelVerdict:
    """Give what the policy answers: admit who meets every criterion while a place is free, let wait
    while none is, decline who does not meet them.
    """
    if not found.eligible:
        return PanelVerdict.DECLINE
    policy, _number = queries.policy_in_force()
    fits = queries.matches(account, row.lane, now=now, nomination=row, policy=policy)
    able = any(match.possible for _carried, match in fits)
    return PanelVerdict.ADMIT if able and not is_full(row.lane, policy) else PanelVerdict.WAIT


def is_full(lane: LaneKind, policy: SponsorshipPolicy) -> bool:
    """Say whether the strategic lane has no place left; the recovery lane has its sponsors'."""
    return lane is LaneKind.STRATEGIC and queries.active_in(lane) >= policy.strategic.places


def decide(
    row: Nomination,
    verdict: PanelVerdict,
    *,
    by: Actor,
    now: datetime,
    sponsor_id: int | None = None,
    reason: str = "",
    come_back_on: date | None = None,
) -> Sponsorship | None:
    """Answer a nomination; admitting needs a sponsor who is trained, free and without a conflict,
    looked at in this transaction.

    Refused for its author, for the sponsor, without a reason where the answer is not the policy's,
    and where a panel has the nomination before it and voted otherwise or has no quorum. Declining
    names the day to come back. Gives the sponsorship that begins, if one does.
    """
    if row.state not in queries.UNDECIDED:
        raise Refused(_("Somebody was faster: this nomination is decided."))
    if not by.may(Permission.SPONSORSHIP_DECIDE):
        raise Refused(_("The programme manager or the panel decides this."))
    account, (policy, number) = account_of(row), queries.policy_in_force()
    lock(account)
    one_at_a_time()
    found = queries.checked(account, row.lane, now=now, nomination=row)
    recommended = answer(row, account, found, now=now)
    sponsor = _sponsor(sponsor_id) if verdict is PanelVerdict.ADMIT else None
    reason = tidy(reason, field="reason")
    _refuse_part(row, account, found, verdict, sponsor, reason=reason, by=by)
    tally = _refuse_outvoted(row, verdict)
    if sponsor is not None:
        _refuse_full(row, account, sponsor, policy, now=now)
    row.come_back_on = _come_back(verdict, come_back_on, now=now)
    _write_down(
        row,
        found,
        recommended,
        verdict,
        sponsor,
        tally=tally,
        number=number,
        reason=reason,
        by=by,
        now=now,
    )
    row.decided_by_id, row.decided_at, row.reason = by.id, now, reason
    if verdict is PanelVerdict.ADMIT and sponsor is not None:
        return _admit(row, account, sponsor, policy, by=by, now=now)
    _put_off(row, verdict, reason=reason, by=by, now=now)
    return None


def _refuse_outvoted(row: Nomination, verdict: PanelVerdict) -> rules.panel.Tally | None:
    """Refuse what the panel, on whose agenda it stands, did not vote for; None without a panel."""
    panel = queries.panel_of(row)
    if panel is None or panel.state is not PanelState.PLANNED:
        return None
    tally = queries.tally_of(row, panel)
    _refuse(rules.panel.objections_to_outcome(tally, verdict))
    return tally


def _come_back(verdict: PanelVerdict, day: date | None, *, now: datetime) -> date | None:
    """Give the day on which a declined account may be nominated again."""
    if verdict is not PanelVerdict.DECLINE:
        return None
    today = queries.today(now)
    if day is None:
        return rules.add_months(today, COME_BACK_MONTHS)
    if not today < day <= rules.add_months(today, 24):
        raise Refused(_("Choose a day within the next two years."), field="come_back_on")
    return day


def one_at_a_time() -> None:
    """Let nobody else admit until this transaction ends: the last place is taken once.

    The policy's own row is what everybody who admits must hold.
    """
    current = policy_queries.published(PolicyKind.SPONSORSHIP)
    db.session.execute(sa.select(Policy.id).where(Policy.id == current.id).with_for_update())


def _sponsor(sponsor_id: int | None) -> Sponsor:
    found = db.session.get(Sponsor, sponsor_id) if sponsor_id is not None else None
    if found is None:
        raise Refused(_("Choose who will look after this customer."), field="sponsor_id")
    return found


def _refuse(objections: tuple[Objection, ...], *, field: str | None = None) -> None:
    stopping = [one for one in objections if one.stops]
    if stopping:
        message = " ".join(one.message for one in stopping)
        raise Refused(message, field=stopping[0].field or field)


def _refuse_part(
    row: Nomination,
    account: Account,
    found: rules.Check,
    verdict: PanelVerdict,
    sponsor: Sponsor | None,
    *,
    reason: str,
    by: Actor,
) -> None:
    """Refuse who has a part in it, and a decision that owes a reason."""
    _refuse(
        rules.objections_to_decision(
            decider_id=by.id or 0,
            nominator_id=row.author_id or -1,
            sponsor_id=sponsor.person_id if sponsor else _proposed(row),
            admits=verdict is PanelVerdict.ADMIT,
            eligible=found.eligible,
            natural_person=account.natural_person,
            reason=reason,
        )
    )


def _proposed(row: Nomination) -> int | None:
    """Give the person who is proposed as sponsor: they do not decide on their own account."""
    found = db.session.get(Sponsor, row.proposed_sponsor_id) if row.proposed_sponsor_id else None
    return found.person_id if found else None


def _refuse_full(
    row: Nomination,
    account: Account,
    sponsor: Sponsor,
    policy: SponsorshipPolicy,
    *,
    now: datetime,
) -> None:
    """Refuse a sponsor without training, room or a clear conscience, and a lane without places."""
    _refuse(against_nominating(account, except_id=row.id))
    on = queries.today(now)
    one = queries.carried(sponsor, on=on)
    asked = queries.wish(account, row.lane, row)
    if not one.user.active:
        raise Refused(_("This person no longer works here."), field="sponsor_id")
    _refuse(
        rules.objections_to_sponsor(one.sponsor, one.load, asked, on=on, policy=policy),
        field="sponsor_id",
    )
    if is_full(row.lane, policy):
        raise Refused(
            _("All places of this lane are taken: let it wait, or end another first."),
            field="verdict",
        )


def _write_down(
    row: Nomination,
    found: rules.Check,
    recommended: PanelVerdict,
    verdict: PanelVerdict,
    sponsor: Sponsor | None,
    *,
    tally: rules.panel.Tally | None,
    number: int,
    reason: str,
    by: Actor,
    now: datetime,
) -> None:
    """Keep the policy's answer beside the choice, with the facts; without the sponsor's name."""
    facts: dict[str, Any] = {
        "lane": row.lane.value,
        "score": str(found.score.value),
        "score_possible": str(found.score.possible),
        "score_when_sent": str(row.score),
        "eligible": found.eligible,
        "criteria": {one.key: one.met for one in found.criteria},
        "sponsor": sponsor.reference if sponsor else None,
    }
    if tally is not None:
        panel = queries.panel_of(row)
        facts["panel"] = panel.reference if panel else None
        facts["votes"] = {one.value: count for one, count in tally.counts.items()}
        facts["stood_aside"], facts["quorum"] = tally.aside, tally.quorum
    policy_actions.decide(
        "sponsorship.admission",
        record=row.reference,
        account_id=row.account_id,
        klass=K.CONFIDENTIAL,
        policy=(PolicyKind.SPONSORSHIP, number),
        facts=facts,
        recommendation={"verdict": recommended.value},
        chosen={"verdict": verdict.value},
        reason=reason,
        by=by,
        now=now,
    )


def _put_off(
    row: Nomination, verdict: PanelVerdict, *, reason: str, by: Actor, now: datetime
) -> None:
    waits = verdict is PanelVerdict.WAIT
    row.state = NominationState.WAITING if waits else NominationState.DECLINED
    verb = "put_waiting" if waits else "declined"
    day = row.come_back_on
    uid = log(
        row,
        verb,
        by=by,
        now=now,
        data={"come_back_on": day.isoformat()} if day else None,
        changes={"reason": (None, reason)},
    )
    if waits:
        text = _("On the waiting list for executive sponsorship: %(why)s", why=reason)
    else:
        text = _("Not admitted to executive sponsorship: %(why)s", why=reason)
    tell_story(row, text, uid=uid, by=by, now=now)
    people: dict[int | None, str] = {row.author_id: "proposer"}
    inform(
        row,
        people,
        verb,
        key=f"{verb}:{now.isoformat()}",
        by=by,
        now=now,
        why=reason,
        come_back_on=day,
    )


def _admit(
    row: Nomination,
    account: Account,
    sponsor: Sponsor,
    policy: SponsorshipPolicy,
    *,
    by: Actor,
    now: datetime,
) -> Sponsorship:
    """Begin the sponsorship: its term, the introduction, and who sees the account: its sponsor, and
    who runs the programme.
    """
    start = queries.today(now)
    reference, _register = next_reference("SPO", year=start.year)
    meet = rules.next_touchpoint(start, None, policy=policy)
    begun = Sponsorship(
        reference=reference,
        nomination_id=row.id,
        account_id=row.account_id,
        sponsor_id=sponsor.id,
        lane=row.lane,
        outcome=row.outcome,
        starts_on=start,
        ends_on=rules.term_end(row.lane, start, policy=policy),
        next_touch_on=meet,
    )
    db.session.add(begun)
    db.session.flush()
    db.session.add(Touchpoint(sponsorship_id=begun.id, planned_on=meet))
    row.state = NominationState.ADMITTED
    sight: dict[str, Any] = {"kind": RelationKind.SPONSOR, "account_id": row.account_id}
    access.relate(db.session, **sight, person_id=sponsor.person_id)
    access.relate(db.session, **sight, role=Role.PROGRAMME_MANAGER)
    uid = log(
        row,
        "admitted",
        by=by,
        now=now,
        data={"sponsorship": reference, "sponsor": sponsor.person_id, "lane": row.lane.value},
        changes={"reason": (None, row.reason)} if row.reason else None,
    )
    name = queries.carried(sponsor, on=start).name
    text = _(
        "%(name)s sponsors this customer until %(day)s.", name=name, day=show_date(begun.ends_on)
    )
    tell_story(row, text, uid=uid, by=by, now=now)
    _tell_all(begun, row, account, sponsor, name=name, by=by, now=now)
    return begun


def _tell_all(
    begun: Sponsorship,
    row: Nomination,
    account: Account,
    sponsor: Sponsor,
    *,
    name: str,
    by: Actor,
    now: datetime,
) -> None:
    told: dict[int | None, str] = {
        **programme(),
        account.owner_id: "account_owner",
        row.author_id: "proposer",
        sponsor.person_id: "sponsor",
    }
    inform(
        begun,
        told,
        "admitted",
        key="admitted",
        by=by,
        now=now,
        sponsor=name,
        outcome=begun.outcome,
        meet_by=begun.next_touch_on,
        until=begun.ends_on,
    )
