"""Asking customers how it went, and keeping what they answer."""

import secrets
from collections.abc import Mapping
from datetime import datetime

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, EntryKind, Lane
from portal.blueprints.escalations import queries as case_queries
from portal.blueprints.escalations.models import Escalation, State, Trigger
from portal.blueprints.notifications import actions as post
from portal.blueprints.notifications import rules as post_rules
from portal.core import access, events
from portal.core.access import Actor, K
from portal.core.db import db, insert_once
from portal.core.errors import Refused
from portal.core.i18n import _, show_date, speaking

from . import queries, rules
from .models import Nps, NpsAnswer, NpsSchedule, Survey, SurveyAnswer

LETTER = "notifications/customer"


def invite(case: Escalation, *, base_url: str, by: Actor, now: datetime) -> Survey | None:
    """Ask the customer of a closed case how it went, once for each closing; None where they are not
    asked. The letter leaves a day later, and not at all if the case is opened again before.
    """
    opportunity = case.trigger is Trigger.OPPORTUNITY
    stopped, closed = case.automatic_stopped, case.state is State.CLOSED
    if not rules.is_asked(
        closed=closed, legal_mode=case.legal_mode, stopped=stopped, opportunity=opportunity
    ):
        return None
    contact = queries.whom_to_ask(case)
    if contact is None or case.closed_at is None or not post_rules.is_address(contact.email or ""):
        return None
    fresh = insert_once(
        Survey,
        escalation_id=case.id,
        account_id=case.account_id,
        record_ref=case.reference,
        closing=case.reopened,
        contact_id=contact.id,
        owner_id=case.owner_id,
        nonce=secrets.token_hex(8),
        closed_at=case.closed_at,
        expires_at=(now + rules.ASKED_AFTER + rules.OPEN_FOR).replace(microsecond=0),
        version=1,
        created_at=now,
        updated_at=now,
    )
    if not fresh:
        return None
    row = db.session.query(Survey).filter_by(escalation_id=case.id, closing=case.reopened).one()
    account = db.session.get_one(Account, case.account_id)
    with speaking(contact.language, account.zone):
        subject = str(_("How did it go?"))
        lines = [
            _("Dear %(customer)s,", customer=contact.name),
            _("Your matter is closed. Two taps and, if you like, a sentence tell us how it went:"),
            f"{base_url}/survey/{queries.token_of(row)}",
            _("You can answer until %(day)s.", day=show_date(row.expires_at)),
        ]
        text = "\n\n".join(str(line) for line in lines)
    post.write_to_contact(
        contact,
        subject=subject,
        text=text,
        record=case.reference,
        account_id=case.account_id,
        by=by,
        now=now,
        delay=int(rules.ASKED_AFTER.total_seconds()),
        key=_key(case),
    )
    _record(row, "invited", data={"survey": row.id, "contact": contact.id}, by=by, now=now)
    return row


def _key(case: Escalation) -> str:
    return f"{post_rules.BY_ITSELF}{case.id}:survey:{case.reopened}"


def hold_back(case: Escalation, *, now: datetime) -> None:
    """Take back a letter that still waits: the case is open again."""
    post.withdraw_waiting(
        [f"{post_rules.BY_ITSELF}{case.id}:survey:"],
        record=case.reference,
        account_id=case.account_id,
        template=LETTER,
        now=now,
    )


def answer(who: queries.Asked, *, csat: int, ces: int, comment: str, now: datetime) -> SurveyAnswer:
    """Keep what a customer answers: satisfaction 1 to 5, ease 1 to 7, a comment. A second answer
    replaces the first, which stays to be read. Whoever held the case is told of an unhappy one.
    """
    if csat not in range(1, 6):
        raise Refused(_("Choose from 1 to 5."), field="csat")
    if ces not in range(1, 8):
        raise Refused(_("Choose from 1 to 7."), field="ces")
    words = comment.strip()
    if len(words) > rules.LONGEST_COMMENT:
        raise Refused(
            _("The text is too long: %(n)s characters at most.", n=rules.LONGEST_COMMENT),
            field="comment",
        )
    survey, by = who.survey, access.contact(who.contact.name, language=who.contact.language)
    before = queries.current(survey.id)
    if before is not None:
        before.replaced_at = now
        db.session.flush()
    row = SurveyAnswer(survey_id=survey.id, csat=csat, ces=ces, comment=words, at=now)
    db.session.add(row)
    survey.answered_at = now
    db.session.flush()
    data = {"survey": survey.id, "csat": csat, "ces": ces, "again": before is not None}
    uid = _record(survey, "answered", data=data, by=by, now=now, changes={"comment": (None, words)})
    _tell_story(who, row, uid=uid, by=by, now=now)
    if csat <= rules.UNHAPPY:
        _tell_holder(who, row, now=now)
    return row


def _tell_story(
    who: queries.Asked, row: SurveyAnswer, *, uid: str, by: Actor, now: datetime
) -> None:
    said = _("Asked how it went: satisfaction %(csat)s of 5, ease %(ces)s of 7.",
             csat=row.csat, ces=row.ces)  # fmt: skip
    account_actions.add_entry(
        who.survey.account_id,
        lane=Lane.CUSTOMER,
        kind=EntryKind.SYSTEM,
        text=f"{said}\n\n{row.comment}" if row.comment else said,
        by=by,
        now=now,
        case_ref=who.survey.record_ref,
        klass=K.CONFIDENTIAL,
        language=who.contact.language,
        event_uid=uid,
    )


def _tell_holder(who: queries.Asked, row: SurveyAnswer, *, now: datetime) -> None:
    """Tell who held the case, while they are away who stands in for them; where neither is there
    any more, who holds it now or looks after the customer.
    """
    account = db.session.get_one(Account, who.survey.account_id)
    people = [who.survey.owner_id, who.case.owner_id, account.owner_id]
    reached = queries.first_there(
        people, lambda one: case_queries.sees_case(who.case, one, now=now), now=now
    )
    if reached is None:
        return
    post.notify(
        reached,
        template="surveys/unhappy",
        context={"account": account.name, "reference": who.survey.record_ref, "csat": row.csat},
        why="owner" if reached == who.survey.owner_id else "substitute",
        key=f"survey:{row.id}",
        record=who.survey.record_ref,
        account_id=who.survey.account_id,
        klass=K.CONFIDENTIAL,
        by=access.job("surveys"),
        now=now,
    )


def _record(
    row: Survey,
    verb: str,
    *,
    data: Mapping[str, object],
    by: Actor,
    now: datetime,
    changes: Mapping[str, tuple[object, object]] | None = None,
) -> str:
    return events.record(
        f"surveys.{verb}",
        by=by,
        now=now,
        record=row.record_ref,
        account_id=row.account_id,
        klass=K.CONFIDENTIAL,
        data=data,
        changes=changes,
    )


def note_export(table: str, lines: int, *, kind: str, by: Actor, now: datetime) -> None:
    """Record that somebody took what customers said as a file: which, how long, in which form."""
    data = {"table": table, "lines": lines, "kind": kind}
    events.record("surveys.exported", by=by, now=now, klass=K.CONFIDENTIAL, data=data)


def set_schedule(every_months: int, *, by: Actor, now: datetime) -> NpsSchedule:
    """Say how often customers are asked whether they would recommend us; 0 is never."""
    if every_months not in rules.MONTHS:
        raise Refused(_("Choose one of the periods."), field="every_months")
    row = queries.schedule(lock=True)
    if row is None:
        row = NpsSchedule(every_months=0)
        db.session.add(row)
    before, row.every_months = row.every_months, every_months
    db.session.flush()
    data = {"before": before, "after": every_months}
    events.record("surveys.schedule_set", by=by, now=now, data=data)
    return row


def ask_to_recommend(account: Account, *, base_url: str, by: Actor, now: datetime) -> Nps | None:
    """Ask a customer in their language whether they would recommend us; None where there is nobody
    to write to.
    """
    contact = queries.who_recommends(account.id)
    if contact is None or not post_rules.is_address(contact.email or ""):
        return None
    row = Nps(
        account_id=account.id,
        contact_id=contact.id,
        owner_id=account.owner_id,
        nonce=secrets.token_hex(16),
        asked_at=now,
        expires_at=now + rules.OPEN_FOR,
    )
    db.session.add(row)
    db.session.flush()
    with speaking(contact.language, account.zone):
        subject = str(_("Would you recommend us?"))
        lines = [
            _("Dear %(customer)s,", customer=contact.name),
            _("One question: would you recommend us to others? One tap and, if you like, why:"),
            f"{base_url}/survey/recommend/{queries.nps_token(row)}",
            _("You can answer until %(day)s.", day=show_date(row.expires_at)),
        ]
        text = "\n\n".join(str(line) for line in lines)
    post.write_to_contact(
        contact,
        subject=subject,
        text=text,
        record=account.reference,
        account_id=account.id,
        by=by,
        now=now,
        delay=0,
        key=f"{post_rules.BY_ITSELF}nps:{row.id}",
    )
    _record_nps("nps_asked", row, account, data={}, by=by, now=now)
    return row


def recommend(
    who: queries.AskedToRecommend, *, score: int, comment: str, now: datetime
) -> NpsAnswer:
    """Keep whether a customer would recommend us, 0 to 10, and why. A second answer replaces the
    first, which stays to be read. Who looks after them is told where they would not.
    """
    if score not in range(11):
        raise Refused(_("Choose from 0 to 10."), field="score")
    words = comment.strip()[: rules.LONGEST_COMMENT]
    by = access.contact(who.contact.name, language=who.contact.language)
    before = queries.nps_answer(who.row.id)
    if before is not None:
        before.replaced_at = now
        db.session.flush()
    row = NpsAnswer(nps_id=who.row.id, score=score, comment=words, at=now)
    db.session.add(row)
    who.row.answered_at = now
    db.session.flush()
    account = db.session.get_one(Account, who.row.account_id)
    data = {"score": score, "again": before is not None}
    changes = {"comment": (None, words)}
    uid = _record_nps("nps_answered", who.row, account, data=data, by=by, now=now, changes=changes)
    said = _("Would recommend us: %(score)s of 10.", score=score)
    account_actions.add_entry(
        account.id,
        lane=Lane.CUSTOMER,
        kind=EntryKind.SYSTEM,
        text=f"{said}\n\n{words}" if words else said,
        by=by,
        now=now,
        klass=K.CONFIDENTIAL,
        language=who.contact.language,
        event_uid=uid,
    )
    if score <= rules.DETRACTOR and account.owner_id is not None:
        _tell_owner(account, account.owner_id, row, now=now)
    return row


def _tell_owner(account: Account, owner_id: int, row: NpsAnswer, *, now: datetime) -> None:
    def sees(one: Actor) -> bool:
        return account_queries.sees_value_of(one, account, now=now)

    reached = queries.first_there([owner_id], sees, now=now) or owner_id
    post.notify(
        reached,
        template="surveys/detractor",
        context={"account": account.name, "score": row.score},
        why="account_owner" if reached == owner_id else "substitute",
        key=f"nps:{row.id}",
        record=account.reference,
        account_id=account.id,
        klass=K.CONFIDENTIAL,
        by=access.job("surveys"),
        now=now,
    )


def _record_nps(
    verb: str,
    row: Nps,
    account: Account,
    *,
    data: Mapping[str, object],
    by: Actor,
    now: datetime,
    changes: Mapping[str, tuple[object, object]] | None = None,
) -> str:
    return events.record(
        f"surveys.{verb}",
        by=by,
        now=now,
        record=account.reference,
        account_id=account.id,
        klass=K.CONFIDENTIAL,
        data={"nps": row.id, **data},
        changes=changes,
    )
