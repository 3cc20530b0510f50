"""The long track, legal days, and briefings by word: what gives a case another date."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from portal.blueprints.accounts.models import EntryKind
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies.models import PolicyKind
from portal.core.access import Actor, K, Role
from portal.core.calendar import from_local
from portal.core.deadlines import refuse_too_late
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import OPEN_STATES, Escalation, FormalNotice
from .pacing import note_briefed
from .recording import answering, inform, is_owner, log, seats, settle, tell_story


def ask_long_track(
    case: Escalation, *, review: date, second_id: int, reason: str, by: Actor, now: datetime
) -> None:
    """Ask a second person to agree that an open case takes long; until they do nothing changes."""
    _refuse_unless_open(case)
    if case.long_track:
        raise Refused(_("This case is on the long track already."))
    account = queries.account_of(case)
    against = rules.long_track_objections(
        by_owner=is_owner(case, by=by, now=now),
        second_is_other=second_id not in (by.id, case.owner_id),
        reason=reason,
        review=review,
        today=now.astimezone(ZoneInfo(account.zone)).date(),
        policy=queries.policy_of(case),
    )
    if against:
        raise Refused(" ".join(against))
    if not queries.sees_case(case, auth_queries.actor(second_id), now=now):
        raise Refused(_("This person cannot see the case."), field="second")
    facts = {"second": second_id, "review": review.isoformat()}
    _decide(case, queries.LONG_TRACK_ASKED, facts, True, reason=reason.strip(), by=by, now=now)
    changes = {"reason": (None, reason)}
    log(case, "long_track_asked", by=by, now=now, data=facts, changes=changes)
    told = {second_id: "approver"}
    key = f"long:{now.isoformat()}"
    inform(case, told, "long_track", key=key, by=by, now=now, review=review, reason=reason.strip())


def agree_long_track(case: Escalation, *, agrees: bool, by: Actor, now: datetime) -> None:
    """Answer as the second person: with a yes the review takes the place of the closing date; the
    case still counts as not closed in time.
    """
    _refuse_unless_open(case)
    asked = queries.long_track_asked(case)
    if asked is None:
        raise Refused(_("Nobody asks for the long track any more."))
    if asked.facts["second"] != by.id:
        raise Refused(_("Only the second person who was asked can agree."))
    reason = asked.reason if agrees else _("The second person did not agree.")
    _decide(case, queries.LONG_TRACK, dict(asked.facts), agrees, reason=reason, by=by, now=now)
    if not agrees:
        log(case, "long_track_refused", by=by, now=now)
        return
    review = date.fromisoformat(asked.facts["review"])
    _set_track(case, review)
    data = {"review": review.isoformat(), "asked_by": asked.person_id}
    uid = log(case, "long_track_set", by=by, now=now, data=data)
    text = _("On the long track: %(why)s", why=asked.reason)
    tell_story(case, text, kind=EntryKind.DECISION, uid=uid, by=by, now=now)
    settle(case, now=now)


def end_long_track(case: Escalation, *, reason: str, by: Actor, now: datetime) -> None:
    """Take a case off the long track: the closing date of its severity counts again."""
    if not case.long_track:
        raise Refused(_("This case is not on the long track."))
    if not seats(case, by=by, now=now) & {rules.Who.OWNER, rules.Who.ESCALATION_MANAGER}:
        raise Refused(_("The owner or an escalation manager moves clocks."))
    if not reason.strip():
        raise Refused(_("Give the reason."), field="reason")
    _set_track(case, None)
    uid = log(case, "long_track_ended", by=by, now=now, changes={"reason": (None, reason)})
    text = _("Off the long track: %(why)s", why=reason.strip())
    tell_story(case, text, kind=EntryKind.DECISION, uid=uid, by=by, now=now)
    settle(case, now=now)


def set_legal_day(
    case: Escalation, notice: FormalNotice, day: date, *, by: Actor, now: datetime
) -> None:
    """Set the legal deadline of a formal notice: for counsel alone."""
    queries.notice(case, notice.id)
    if Role.LEGAL not in by.roles:
        raise Refused(_("Only legal sets a legal deadline."))
    if day < notice.received_at.astimezone(ZoneInfo(queries.account_of(case).zone)).date():
        raise Refused(_("This day lies before the notice arrived."), field="day")
    refuse_too_late(day, now=now.date(), field="day")
    before, notice.legal_deadline = notice.legal_deadline, day
    notice.deadline_set_by_id = by.id
    changes = {"legal_deadline": (before, day)}
    log(case, "legal_day_set", by=by, now=now, data={"notice": notice.id}, changes=changes)
    told, key = answering(case, now=now), f"legal:{notice.id}:{now.isoformat()}"
    inform(case, told, "legal_day", key=key, by=by, now=now, day=day)


def brief_by_word(case: Escalation, *, by: Actor, now: datetime) -> None:
    """Note that the executive owner was briefed by word: the clock of the briefing begins anew."""
    _refuse_unless_open(case)
    if case.executive_owner_id is None:
        raise Refused(_("Nobody is named as executive owner."))
    who = seats(case, by=by, now=now) & {rules.Who.OWNER, rules.Who.ESCALATION_MANAGER}
    if not who and by.id != case.executive_owner_id:
        raise Refused(_("The owner, an escalation manager or the executive owner notes this."))
    note_briefed(case, by=by, now=now)


def _refuse_unless_open(case: Escalation) -> None:
    if case.state not in OPEN_STATES:
        raise Refused(_("The case is not open."))


def _set_track(case: Escalation, review: date | None) -> None:
    """Put the review, at the end of its day at the customer's, in the place of the closing date."""
    case.long_track = review is not None
    case.long_track_until = None
    if review is not None:
        last = datetime(review.year, review.month, review.day, 23, 59)  # noqa: DTZ001
        zone = queries.account_of(case).zone
        case.long_track_until = from_local(last, zone).astimezone(UTC)


def _decide(
    case: Escalation,
    kind: str,
    facts: dict[str, object],
    on: bool,
    *,
    reason: str,
    by: Actor,
    now: datetime,
) -> None:
    policy_actions.decide(
        kind,
        record=case.reference,
        account_id=case.account_id,
        klass=K.INTERNAL,
        policy=(PolicyKind.SEVERITY, case.policy_number),
        facts=facts,
        recommendation={"long_track": True},
        chosen={"long_track": on},
        reason=reason,
        by=by,
        now=now,
    )
