"""Asking leadership for one decision, and deciding."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from portal.blueprints.accounts.models import EntryKind
from portal.core import access
from portal.core.access import Actor, RelationKind, Role
from portal.core.db import db
from portal.core.deadlines import refuse_untimely
from portal.core.errors import Refused
from portal.core.i18n import _, followed

from ..models import OPEN_STATES, Escalation, Option
from .handing import LEADS
from .recording import answering, inform, log, place_of, seats, take_name_off, tell_story
from .restricting import admit


def ask(
    case: Escalation,
    question: str,
    *,
    of_id: int,
    options: Sequence[Option | str],
    recommended: str,
    answer_by: datetime,
    if_nothing: str,
    by: Actor,
    now: datetime,
    naming: bool = False,
) -> None:
    """Ask leadership for one decision, with options, a recommendation, a time, and what happens if
    nobody decides. An option of which only its words are known may be given as them. A question
    that is open gives way to it: who was asked is told. Of a restricted case somebody who is named
    is asked; `naming` names them with it.
    """
    _refuse_outside(case, by=by, now=now)
    given = _options(options, " ".join(recommended.split()))
    if len(given) < 2:
        raise Refused(_("Give at least two options."), field="option_2")
    if len({option.text for option in given}) < len(given):
        raise Refused(_("Two options are the same."), field="option_2")
    if not any(option.recommended for option in given):
        raise Refused(_("Recommend one of the options."), field="recommended")
    refuse_untimely(answer_by, now=now, field="answer_by")
    admit(case, of_id, naming=naming, by=by, now=now, field="of")
    before = take_back_ask(case, by=by, now=now, unless=of_id)
    case.ask, case.ask_of_id, case.ask_by = question.strip(), of_id, answer_by
    case.ask_options = [option.as_kept() for option in given]
    case.ask_if_nothing = if_nothing.strip()
    place = place_of(case)
    access.relate(db.session, kind=RelationKind.NAMED, person_id=of_id, **place)
    log(
        case,
        "asked",
        by=by,
        now=now,
        data={"of": of_id, "options": len(given)},
        changes={"ask": (before, case.ask), "if_nothing": (None, case.ask_if_nothing)},
    )
    inform(
        case,
        {of_id: "approver"},
        "asked",
        key=f"asked:{now.isoformat()}",
        by=by,
        now=now,
        question=case.ask,
        options=[vars(option) for option in given],
        answer_by=answer_by,
        if_nothing=case.ask_if_nothing,
    )


def _refuse_outside(case: Escalation, *, by: Actor, now: datetime) -> None:
    if case.state not in OPEN_STATES:
        raise Refused(_("The case is not open any more."))
    if not seats(case, by=by, now=now) & LEADS:
        raise Refused(_("The owner or an escalation manager asks leadership."))


def take_back_ask(
    case: Escalation, *, by: Actor, now: datetime, unless: int | None = None
) -> str | None:
    """Take back what is asked of leadership, and tell whom it was asked of, `unless` it is them who
    will be asked next; gives the question, None where there was none.
    """
    question, asked = case.ask, case.ask_of_id
    if not question:
        return None
    case.ask, case.ask_options = "", []
    if asked is not None and asked != unless:
        take_name_off(case, asked)
        key = f"ask_taken_back:{now.isoformat()}"
        told = {asked: "approver"}
        inform(case, told, "ask_taken_back", key=key, by=by, now=now, question=question)
    return question


def _options(given: Sequence[Option | str], recommended: str) -> list[Option]:
    found = [Option(one) if isinstance(one, str) else one for one in given]
    tidy = [replace(one, text=" ".join(one.text.split())) for one in found if one.text.strip()]
    return [replace(one, recommended=one.text == recommended) for one in tidy]


def answer(case: Escalation, choice: str, *, by: Actor, now: datetime, reason: str = "") -> None:
    """Decide what was asked of leadership; the answer goes into the timeline."""
    if not case.ask or case.state not in OPEN_STATES:
        raise Refused(_("Nothing is asked of you here."))
    if by.id != case.ask_of_id and Role.LEADERSHIP not in by.roles:
        raise Refused(_("This is for the person who was asked to decide."))
    if choice not in [option.text for option in case.options]:
        raise Refused(_("Choose one of the options."), field="choice")
    question, case.ask, case.ask_options = case.ask, "", []
    uid = log(
        case,
        "answered",
        by=by,
        now=now,
        changes={"ask": (question, choice), "reason": (None, reason)},
    )
    text = _("%(question)s Decided: %(choice)s", question=question, choice=choice)
    story = followed(text, reason) if reason.strip() else text
    tell_story(case, story, kind=EntryKind.DECISION, uid=uid, by=by, now=now)
    told = answering(case, now=now)
    inform(case, told, "answered", key=f"answered:{now.isoformat()}", by=by, now=now, choice=choice)
