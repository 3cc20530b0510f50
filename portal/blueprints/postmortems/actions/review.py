"""From draft to published: reviewed by somebody else, approved, or left out with a reason."""

from datetime import date, datetime, time

from portal.blueprints.accounts.models import EntryKind
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules.postmortem import PostmortemPolicy
from portal.core.access import Actor, Role
from portal.core.calendar import from_local
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import Postmortem, State
from .opening import due_days
from .recording import add_entry, decide, expect, inform, insist, log, refuse, tell_story
from .saving import forget_all_unsaved


def _draft(row: Postmortem, *, approver_id: int | None = None) -> rules.Draft:
    return queries.draft_of(
        row,
        cases=queries.cases_of(row),
        causes=queries.causes_of(row),
        actions=queries.actions_of(row),
        approver_id=approver_id,
    )


def note_meeting(row: Postmortem, *, on: date, by: Actor, now: datetime) -> None:
    """Note that its meeting was held on a day; once is enough."""
    insist(row, rules.Right.MEET, by=by)
    zone = queries.house().zone
    if on > rules.local_day(now, zone=zone):
        raise Refused(_("This lies in the future: note it once it has happened."), field="on")
    if on < rules.local_day(row.became_due_at, zone=zone):
        raise Refused(_("It was not due yet on that day."), field="on")
    if queries.met_on(row, zone=zone) is not None:
        raise Refused(_("Its meeting is noted already."), field="on")
    uid = log(row, "met", by=by, now=now, data={"on": on.isoformat()})
    at = min(from_local(datetime.combine(on, time(12)), zone), now)
    text = _("Meeting about %(ref)s held.", ref=row.reference)
    add_entry(
        row, text, case_ref=row.reference, kind=EntryKind.MEETING, uid=uid, by=by, at=at, now=now
    )
    tell_story(row, text, uid=uid, by=by, now=now)


def submit(row: Postmortem, *, version: int | None, by: Actor, now: datetime) -> None:
    """Hand the draft over for review; refused with everything that is missing."""
    insist(row, rules.Right.SUBMIT, by=by)
    expect(row, version)
    refuse(rules.objections_to_approve(_draft(row)))
    row.state, row.waiver_asked_by_id, row.waiver_asked_at = State.IN_REVIEW, None, None
    row.written_at = row.written_at or now
    uid = log(row, "submitted", by=by, now=now)
    tell_story(row, _("The post-mortem is in review."), uid=uid, by=by, now=now)
    people = {person.id: "approver" for person in auth_queries.people(role=Role.LEADERSHIP)}
    people.pop(row.facilitator_id or 0, None)
    inform(row, people, "review", key=f"review:{row.version}", by=by, now=now)


def send_back(
    row: Postmortem, *, reason: str, version: int | None, by: Actor, now: datetime
) -> None:
    """Give it back to be written further; an approval ends with it."""
    insist(row, rules.Right.SEND_BACK, by=by)
    expect(row, version)
    if not reason.strip():
        raise Refused(_("Say what is missing."), field="reason")
    before, row.state = row.state, State.DRAFT
    row.approved_by_id, row.approved_at = None, None
    changes = {"reason": (None, reason.strip())}
    data = {"before": before.value}
    uid = log(row, "sent_back", by=by, now=now, data=data, changes=changes)
    tell_story(row, _("The post-mortem is being written again."), uid=uid, by=by, now=now)
    if row.facilitator_id is not None:
        told = {row.facilitator_id: "facilitator"}
        inform(row, told, "back", key=f"back:{row.version}", by=by, now=now)


def approve(row: Postmortem, *, version: int | None, by: Actor, now: datetime) -> None:
    """Approve what was reviewed, as leadership that neither led it nor owned its case."""
    insist(row, rules.Right.APPROVE, by=by)
    expect(row, version)
    draft = _draft(row, approver_id=by.id)
    refuse(rules.objections_to_approve(draft))
    row.state, row.approved_by_id, row.approved_at = State.APPROVED, by.id, now
    same = {"approved": True}
    facts = {
        "causes": len(draft.causes),
        "actions": len(draft.actions),
        "reasons": row.reasons,
        "open_remarks": queries.open_remarks(row),
    }
    decide(row, "approval", facts=facts, recommendation=same, chosen=same, by=by, now=now)
    forget_all_unsaved(row)
    uid = log(row, "approved", by=by, now=now)
    tell_story(row, _("The post-mortem is approved."), uid=uid, by=by, now=now)
    if row.facilitator_id is not None:
        told = {row.facilitator_id: "facilitator"}
        inform(row, told, "approved", key=f"approved:{row.version}", by=by, now=now)


def publish(row: Postmortem, *, version: int | None, by: Actor, now: datetime) -> None:
    """Publish what was approved: from now on it is only read, and speaks of roles."""
    insist(row, rules.Right.PUBLISH, by=by)
    expect(row, version)
    actions = queries.actions_of(row)
    written = queries.texts_of(
        row, causes=queries.causes_of(row), findings=queries.findings_of(row), actions=actions
    )
    names = rules.objections_to_names(written, roles=queries.roles_of_people(row))
    refuse([*rules.objections_to_publish(_draft(row)), *names])
    row.state, row.published_at = State.PUBLISHED, now
    uid = log(row, "published", by=by, now=now, data={"actions": len(actions)})
    tell_story(row, _("%(ref)s is published.", ref=row.reference), uid=uid, by=by, now=now)
    people = dict.fromkeys(queries.participants(row), "contributor")
    people |= dict.fromkeys((action.owner_id for action in actions), "assigned")
    inform(row, people, "published", key="published", by=by, now=now)


def choose(row: Postmortem, choice: rules.CounselChoice, *, by: Actor, now: datetime) -> None:
    """Choose, as counsel, how it is written; its clock begins anew, unless counsel writes it."""
    insist(row, rules.Right.CHOOSE, by=by)
    row.counsel_choice = choice.value
    if choice is not rules.CounselChoice.COMMISSIONED:
        policy = policy_queries.numbered(PostmortemPolicy, row.policy_number)
        days = due_days(now, policy=policy)
        row.draft_due_on, row.meeting_due_on = days.draft, days.meeting
        row.approval_due_on = days.approval
        row.state = State.DRAFT if row.what_happened else State.DUE
    same = {"form": choice.value}
    facts = {"triggers": sorted({case.trigger.value for case in queries.cases_of(row)})}
    decide(row, "form", facts=facts, recommendation=same, chosen=same, by=by, now=now)
    uid = log(row, "form_chosen", by=by, now=now, data={"form": choice.value})
    tell_story(row, _("Counsel chose the form of the post-mortem."), uid=uid, by=by, now=now)
    if row.facilitator_id is not None and row.state is not State.WITH_COUNSEL:
        inform(row, {row.facilitator_id: "facilitator"}, "due", key="released", by=by, now=now)
