"""Severity: raised by anybody who sees the case, lowered by its owner with a second person."""

from datetime import datetime

from portal.blueprints.accounts.models import EntryKind
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies.models import PolicyKind
from portal.core import access
from portal.core.access import Actor, K, RelationKind, Role
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import OPEN_STATES, Escalation, Severity
from ..rules import ClockEventKind
from ..rules.words import notice_words
from .noticing import NoticeGiven, keep_notice
from .playing import play_on
from .recording import (
    count_open,
    inform,
    is_owner,
    log,
    place_of,
    refuse_above_e4,
    settle,
    tell_story,
    tick,
)
from .waking import wake


def raise_severity(
    case: Escalation, severity: Severity, *, reason: str, by: Actor, now: datetime
) -> None:
    """Make a case graver; inside the cooling-off it is restored, and that is no re-escalation."""
    _refuse_unless_open(case)
    if severity is case.severity or rules.is_lower(severity, case.severity):
        raise Refused(_("Choose a severity that is graver than %(now)s.", now=case.severity.value))
    if not reason.strip():
        raise Refused(_("Say what makes it graver."), field="reason")
    refuse_above_e4(case.trigger, severity, queries.policy_of(case))
    set_severity(case, severity, reason=reason, by=by, now=now)
    case.cooling_from = case.cooling_until = None


def restore(case: Escalation, *, by: Actor, now: datetime) -> None:
    """Take a lowering back while it cools off: the clocks count from the opening as before."""
    _refuse_unless_open(case)
    if case.cooling_from is None or case.cooling_until is None or now > case.cooling_until:
        raise Refused(_("There is nothing to restore: the cooling-off is over."))
    set_severity(case, Severity(case.cooling_from), reason=_("Restored."), by=by, now=now)
    case.cooling_from = case.cooling_until = None


def ask_lowering(
    case: Escalation,
    severity: Severity,
    *,
    second_id: int | None,
    reason: str,
    by: Actor,
    now: datetime,
) -> None:
    """Ask a second person to agree that a case is less grave; nothing changes until they do."""
    _refuse_unless_open(case)
    if not rules.is_lower(severity, case.severity):
        raise Refused(
            _("Choose a severity that is less grave than %(now)s.", now=case.severity.value)
        )
    against = rules.lowering_objections(
        by_owner=is_owner(case, by=by, now=now),
        second_person=second_id is not None,
        second_is_other=second_id not in (by.id, case.owner_id),
        reason=reason,
    )
    if against:
        raise Refused(" ".join(against))
    assert second_id is not None
    if not queries.sees_case(case, auth_queries.actor(second_id), now=now):
        raise Refused(_("This person cannot see the case."), field="second")
    policy_actions.decide(
        queries.LOWERING_ASKED,
        record=case.reference,
        account_id=case.account_id,
        klass=K.INTERNAL,
        policy=(PolicyKind.SEVERITY, case.policy_number),
        facts={"second": second_id},
        recommendation={"severity": case.severity.value},
        chosen={"severity": severity.value},
        reason=reason.strip(),
        by=by,
        now=now,
    )
    log(
        case,
        "lowering_asked",
        by=by,
        now=now,
        data={"from": case.severity.value, "to": severity.value, "second": second_id},
        changes={"reason": (None, reason)},
    )
    inform(
        case,
        {second_id: "approver"},
        "lowering_asked",
        key=f"lowering:{now.isoformat()}",
        by=by,
        now=now,
        to=severity.value,
        reason=reason.strip(),
    )


def agree_lowering(case: Escalation, *, agrees: bool, by: Actor, now: datetime) -> None:
    """Answer as the second person: with a yes the case is less grave and cools off, with a no it
    stays.
    """
    _refuse_unless_open(case)
    asked = queries.lowering_asked(case)
    if asked is None:
        raise Refused(_("Nobody asks to lower this case any more."))
    if asked.facts["second"] != by.id:
        raise Refused(_("Only the second person who was asked can agree."))
    to = Severity(asked.chosen["severity"])
    if agrees:
        policy, account = queries.policy_of(case), queries.account_of(case)
        case.cooling_from = case.severity.value
        case.cooling_until = rules.cools_off_until(
            now,
            policy=policy,
            calendar=queries.calendar_for(account, policy),
            zone=account.zone,
        )
        set_severity(case, to, reason=asked.reason, by=by, now=now, asked_by=asked.person_id)
        return
    decide_severity(
        case,
        case.severity,
        recommended=to,
        reason=_("The second person did not agree."),
        by=by,
        now=now,
    )
    log(case, "lowering_refused", by=by, now=now, data={"to": to.value})
    if asked.person_id is not None:
        inform(
            case,
            {asked.person_id: "owner"},
            "lowering_refused",
            key=f"lowering:{asked.id}",
            by=by,
            now=now,
        )


def serve_notice(case: Escalation, notice: NoticeGiven, *, by: Actor, now: datetime) -> None:
    """Record a letter with legal effect; it makes the case as grave as the policy says."""
    _refuse_unless_open(case)
    if notice.received_at > now:
        raise Refused(_("This lies in the future: when did it arrive?"), field="received_at")
    policy = queries.policy_of(case)
    gravest = Severity(policy.formal_notice_severity)
    refuse_above_e4(case.trigger, gravest, policy)
    keep_notice(case, notice)
    counsel = {person.id: "named" for person in auth_queries.people(role=Role.LEGAL)}
    # To what is restricted no role is a key: there counsel is named one by one.
    keys = [{"person_id": one} for one in counsel] if case.restricted else [{"role": Role.LEGAL}]
    subjects = [(RelationKind.NAMED, key) for key in keys]
    access.relate_all(db.session, subjects, **place_of(case))
    case.executive = True
    uid = log(
        case,
        "notice_served",
        by=by,
        now=now,
        data={
            "kind": notice.kind.value,
            "channel": notice.channel.value,
            "named": sorted(counsel) if case.restricted else [],
        },
        changes={"sender": (None, notice.sender)},
    )
    tell_story(
        case,
        _("Formal notice received: %(kind)s", kind=notice_words(notice.kind)),
        kind=EntryKind.SYSTEM,
        uid=uid,
        by=by,
        now=now,
        at=notice.received_at,
    )
    inform(
        case,
        counsel,
        "notice_served",
        key=f"notice:{now.isoformat()}",
        by=by,
        now=now,
        kind=notice.kind.value,
        received=notice.received_at,
    )
    if rules.is_lower(case.severity, gravest):
        set_severity(case, gravest, reason=_("A formal notice was given."), by=by, now=now)
        case.cooling_from = case.cooling_until = None


def _refuse_unless_open(case: Escalation) -> None:
    if case.state not in OPEN_STATES:
        raise Refused(_("The severity of a case that is not open stays as it is."))


def decide_severity(
    case: Escalation,
    chosen: Severity,
    *,
    recommended: Severity,
    reason: str,
    by: Actor,
    now: datetime,
) -> None:
    """Write down which severity somebody chose, and which was recommended."""
    policy_actions.decide(
        queries.SEVERITY_DECIDED,
        record=case.reference,
        account_id=case.account_id,
        klass=K.INTERNAL,
        policy=(PolicyKind.SEVERITY, case.policy_number),
        facts={"before": case.severity.value},
        recommendation={"severity": recommended.value},
        chosen={"severity": chosen.value},
        reason=reason,
        by=by,
        now=now,
    )


def set_severity(
    case: Escalation,
    severity: Severity,
    *,
    reason: str,
    by: Actor,
    now: datetime,
    asked_by: int | None = None,
) -> None:
    """Set a severity: its clocks are those of the new one, from the opening."""
    decide_severity(case, severity, recommended=severity, reason=reason, by=by, now=now)
    before, case.severity = case.severity, severity
    lowered = rules.is_lower(severity, before)
    uid = log(
        case,
        "severity_lowered" if lowered else "severity_raised",
        by=by,
        now=now,
        data={"before": before.value, "after": severity.value, "asked_by": asked_by},
        changes={"reason": (None, reason)},
    )
    tick(case, ClockEventKind.SEVERITY_SET, at=now, by=by, now=now, severity=severity)
    text = _(
        "Severity from %(before)s to %(after)s: %(reason)s",
        before=before.value,
        after=severity.value,
        reason=reason,
    )
    tell_story(case, text, kind=EntryKind.DECISION, uid=uid, by=by, now=now)
    settle(case, now=now)
    count_open(case.account_id)
    people = {case.executive_owner_id: "executive", case.owner_id: "owner"}
    told = {person: why for person, why in people.items() if person is not None}
    inform(
        case,
        told,
        "severity",
        key=f"severity:{now.isoformat()}",
        by=by,
        now=now,
        before=before.value,
        after=severity.value,
        reason=reason,
    )
    if not lowered:
        wake(case, key=f"severity:{now.isoformat()}", by=by, now=now)
        play_on(case, by=by, now=now, told=frozenset(told))
