"""What the clock and the log ask of this room."""

from datetime import datetime, timedelta
from typing import Any

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.notifications import queries as mail_queries
from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.models import DraftState, PolicyKind
from portal.blueprints.policies.rules import SHAPES, digest, parse, read_draft, rehearsed_on_cases
from portal.core import access, clock, jobs
from portal.core.db import db, looking
from portal.core.errors import NotFound

from . import actions, queries

BATCH = 3_500
PREFIX = "ESC-"


def take_steps(now: str) -> None:
    """Take the due steps of the ladders of notice, batch by batch, each step once."""
    known, by = queries.Pass(now=datetime.fromisoformat(now)), access.job("ladder of notice")
    more = True
    while more:
        more = actions.climb(known, limit=BATCH, by=by) == BATCH
        db.session.commit()


def chase_steps(now: str) -> None:
    """Tell of steps of playbooks that are overdue, batch by batch, each rung once."""
    known, by = queries.Pass(now=datetime.fromisoformat(now)), access.job("overdue steps")
    more = True
    while more:
        more = actions.chase(known, limit=BATCH, by=by) == BATCH
        db.session.commit()


def remind_of_promises(now: str) -> None:
    """Tell of promises that fall due, batch by batch, each rung once."""
    known, by = queries.Pass(now=datetime.fromisoformat(now)), access.job("promises")
    more = True
    while more:
        more = actions.remind(known, limit=BATCH, by=by) == BATCH
        db.session.commit()


def chase_replies(now: str) -> None:
    """Ask substitutes where the agreed time for a first reply has passed, each once."""
    moment, by = datetime.fromisoformat(now), access.job("requests")
    for reference, task_id in queries.silent_requests(now=moment):
        case = queries.by_reference(reference)
        actions.chase_reply(case, queries.task(case, task_id), by=by, now=moment)


def count_promise(event: dict[str, Any]) -> None:
    """Let what is due next in a case follow a promise that was made."""
    if (event["record_ref"] or "").startswith(PREFIX):
        actions.show_promises(queries.by_reference(event["record_ref"]), now=clock.now())


def settle_promise(event: dict[str, Any]) -> None:
    """Take back what still waits to be said of a promise that was settled; the next one is due."""
    if (event["record_ref"] or "").startswith(PREFIX):
        case = queries.by_reference(event["record_ref"])
        data = event["data"]
        actions.forget_promise(case, data.get("replaces") or data["promise"], now=clock.now())
        actions.show_promises(case, now=clock.now())


def note_sent(event: dict[str, Any]) -> None:
    """Put a message of ours that left into the story of its case: the customer heard from us."""
    if not (event["record_ref"] or "").startswith(PREFIX):
        return
    message = mail_queries.get(event["data"]["notification"])
    if message.key.startswith(actions.MAILED):
        actions.note_mailed(message, now=clock.now())
        return
    automatic = actions.is_automatic(message)
    if message.contact_id is None or not (automatic or message.key.startswith("written:")):
        return
    try:
        case = queries.by_reference(event["record_ref"])
    except NotFound:
        return
    if automatic:
        actions.note_automatic(case, message, by=access.job("notes to customers"), now=clock.now())
    else:
        actions.note_sent(case, message, now=clock.now())


def note_progress(now: str) -> None:
    """Tell customers how far we are, where an approved text is due, one after the other."""
    moment, by = datetime.fromisoformat(now), access.job("notes to customers")
    while found := queries.statuses_due(now=moment, limit=100):
        for status_id in found:
            actions.note_progress(status_id, by=by, now=moment)
            db.session.commit()


def note_bounced(event: dict[str, Any]) -> None:
    """Put a message of ours that did not arrive into the story of its case."""
    if not (event["record_ref"] or "").startswith(PREFIX):
        return
    message = mail_queries.get(event["data"]["notification"])
    if message.contact_id is None:
        return
    case = queries.by_reference(event["record_ref"])
    by, status = access.job("mail"), event["data"]["status"]
    actions.note_bounced(case, message, status=status, by=by, now=clock.now())


def send_mailing(reference: str, mailing_id: int) -> None:
    """Write to the other customers that a case hits, batch by batch; begun again it goes on where
    it was, and nobody is written to twice.
    """
    by, more = access.job("messages to other customers"), True
    while more:
        case = queries.by_reference(reference)
        row = queries.get_mailing(case, mailing_id, lock=True)
        more = actions.send_some(case, row, by=by, now=clock.now())
        db.session.commit()


def weigh_broken(event: dict[str, Any]) -> None:
    """Propose a graver severity where a promise of a case was broken, whichever door said so."""
    if not (event["record_ref"] or "").startswith(PREFIX):
        return
    case = queries.by_reference(event["record_ref"])
    actions.forget_promise(case, event["data"]["promise"], now=clock.now())
    actions.show_promises(case, now=clock.now())
    by = access.job("broken promises")
    actions.propose_raising(case, event["data"]["promise"], by=by, now=clock.now())


def begin_rehearsal(event: dict[str, Any]) -> None:
    """Let a policy that was submitted be rehearsed on the cases of the last 12 months."""
    if rehearsed_on_cases(PolicyKind(event["data"]["kind"])):
        given = {"draft_id": event["data"]["draft"]}
        jobs.enqueue("escalations.rehearse", key=f"rehearse:{event['uid']}", payload=given)


def rehearse_again(event: dict[str, Any]) -> None:
    """Hold the policies that wait for a signature against the roster as it is planned now."""
    for draft in policy_queries.submitted(PolicyKind.SEVERITY):
        given = {"draft_id": draft.id}
        jobs.enqueue("escalations.rehearse", key=f"roster:{event['uid']}:{draft.id}", payload=given)


def rehearse_early(event: dict[str, Any]) -> None:
    """Let a policy that is still being written be rehearsed, because its author asks."""
    if rehearsed_on_cases(PolicyKind(event["data"]["kind"])):
        given = {"draft_id": event["data"]["draft"], "early": True}
        jobs.enqueue("escalations.rehearse", key=f"rehearse:{event['uid']}", payload=given)


def rehearse(draft_id: int, *, early: bool = False) -> None:
    """Work out what a policy that was submitted, or is still written (`early`), would have meant;
    it reads for long and writes once.
    """
    with looking():
        draft = policy_queries.get_draft(draft_id)
        if draft.state is not (DraftState.WRITING if early else DraftState.SUBMITTED):
            return
        if read_draft(SHAPES[draft.kind], draft.body)[0] is None:
            return  # written on since, and wrong for the moment
        found = digest(draft.body)
        current = policy_queries.published(draft.kind)
        before, after = (parse(draft.kind, row.body) for row in (current, draft))
        now = clock.now()
        load = queries.rehearse(before, after, now=now)
        load["nights"] = queries.open_nights(after, now=now)
    draft = policy_queries.get_draft(draft_id, lock=True)
    policy_actions.keep_load(draft, load, digest=found)
    db.session.commit()


def forget_presence(now: str) -> None:
    """Forget forms that were left open."""
    actions.forget_presence(now=datetime.fromisoformat(now) - timedelta(hours=1))


def introduce(reference: str, told: list[tuple[int, str]], by: int, at: str) -> None:
    """Call in the response team of a case that was declared, and tell the people concerned."""
    case, person = queries.by_reference(reference), auth_queries.actor(by)
    actions.introduce(case, told=dict(told), by=person, now=datetime.fromisoformat(at))


def watch_ladders(now: str) -> None:
    """Tell administrators, once an hour at most, that notices have not gone out in time."""
    moment = datetime.fromisoformat(now)
    actions.warn_late(queries.engine(now=moment), by=access.job("watchdog"), now=moment)


def watch_roster(now: str) -> None:
    """Say 14 and 3 days before that a roster runs out while clocks run at night."""
    moment = datetime.fromisoformat(now)
    nights = queries.nights_running_out(now=moment)
    actions.warn_of_empty_nights(nights, by=access.job("duty roster"), now=moment)


def point_out_gaps(event: dict[str, Any]) -> None:
    """Say what in the policies reaches nobody, now that somebody came, left or changed roles
    or teams."""
    actions.warn_of_gaps(by=access.job("gaps in the policies"), now=clock.now())


def adopt(number: int, person: int) -> None:
    """Put the open cases of a withdrawn policy under the one in force, batch by batch."""
    by = auth_queries.actor(person)
    while actions.adopt_some(number, by=by, now=clock.now()):
        db.session.commit()


def recount_account(event: dict[str, Any]) -> None:
    """Let the cases of a customer follow its zone, its country or what else was edited."""
    given = {"accounts": [event["account_id"]]}
    jobs.enqueue("escalations.recount", key=f"recount:{event['uid']}", payload=given)


def recount_merged(event: dict[str, Any]) -> None:
    """Count the cases of two accounts that were merged or parted again; their clocks follow."""
    both = event["data"]["accounts"]
    for account_id in both:
        actions.count_open(account_id)
    jobs.enqueue("escalations.recount", key=f"recount:{event['uid']}", payload={"accounts": both})


def recount_all(event: dict[str, Any]) -> None:
    """Let all open cases follow what an import, or its undoing, wrote of their customers."""
    given = {"accounts": None}
    jobs.enqueue("escalations.recount", key=f"recount:{event['uid']}", payload=given)


def recount(accounts: list[int] | None) -> None:
    """Work out anew when something is due in the open cases of some accounts, or of all, batch by
    batch.
    """
    after: int | None = 0
    while after is not None:
        after = actions.recount_some(accounts, after=after, now=clock.now())
        db.session.commit()


JOBS: dict[Any, str] = {
    introduce: "default",
    note_progress: "heavy",
    send_mailing: "heavy",
    adopt: "heavy",
    recount: "heavy",
    rehearse: "heavy",
}
EVERY = {
    take_steps: timedelta(minutes=1),
    chase_steps: timedelta(minutes=1),
    remind_of_promises: timedelta(minutes=1),
    chase_replies: timedelta(minutes=5),
    watch_ladders: timedelta(minutes=5),
    note_progress: timedelta(minutes=10),
    forget_presence: timedelta(hours=1),
    watch_roster: timedelta(hours=1),
}
FOLLOWS = {
    "notifications.sent": note_sent,
    "notifications.bounced": note_bounced,
    "policies.submitted": begin_rehearsal,
    "policies.load_asked": rehearse_early,
    "notifications.duty_planned": rehearse_again,
    "notifications.duty_ended": rehearse_again,
    "notifications.duty_handed": rehearse_again,
    "accounts.promised": count_promise,
    "accounts.promised_without_authority": count_promise,
    "accounts.promise_broken": weigh_broken,
    "accounts.promise_kept": settle_promise,
    "accounts.promise_renegotiated": settle_promise,
    "auth.person_switched": point_out_gaps,
    "auth.role_changed": point_out_gaps,
    "auth.team_changed": point_out_gaps,
    "auth.team_removed": point_out_gaps,
    "auth.team_retired": point_out_gaps,
    "auth.team_brought_back": point_out_gaps,
    "accounts.edited": recount_account,
    "accounts.imported": recount_all,
    "accounts.import_undone": recount_all,
    "accounts.merged": recount_merged,
    "accounts.unmerged": recount_merged,
}
