"""Correcting what was declared, also when somebody else does so at the same time."""

import json
from datetime import date, datetime
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.db import db
from portal.core.errors import Refused, Stale
from portal.core.i18n import _, show_day
from portal.core.web import require, viewer

from .. import actions, queries
from ..forms import CorrectForm
from ..models import Channel, Escalation, Problem, Trigger
from ..rules.tags import tags_of
from .blueprint import ask_for, bp, case_of, end_of, local


@bp.route("/<reference>/correct", methods=["GET", "POST"])
@require(Permission.ESCALATIONS_WORK)
def correct(reference: str) -> ResponseReturnValue:
    """Correct what was declared."""
    case = case_of(reference)
    zone = queries.account_of(case).zone
    form = CorrectForm() if request.method == "POST" else CorrectForm(data=_standing(case, zone))
    shown = {"title": _("Correct the case"), "submit": _("Save")}
    try:
        return ask_for(
            case,
            form,
            lambda: actions.correct(
                case, _given(form, zone), was=_was(form), by=viewer(), now=clock.now()
            ),
            message=_("Corrected."),
            **shown,
        )
    except Stale as stale:
        return _show_both(reference, form, stale, zone, **shown)


def _show_both(
    reference: str, form: CorrectForm, stale: Stale, zone: str, **shown: str
) -> ResponseReturnValue:
    """Show the form again with what stands there now beside what was typed; sending it once more is
    then a decision.
    """
    db.session.rollback()
    form.was.data = json.dumps(_was(form) | stale.current)
    names = {name: "deadline" if name == "deadline_at" else name for name in stale.current}
    words = {name: _said(form, names[name], text, zone) for name, text in stale.current.items()}
    typed = {name: _said(form, field, form[field].data, zone) for name, field in names.items()}
    labels = {name: str(form[field].label.text) for name, field in names.items()}
    both = {"current": words, "typed": typed, "labels": labels}
    back = url_for("escalations.show", reference=reference)
    context = {**shown, "back": back, "reference": reference, "lead": "", "stale": stale.message}
    context["editing"] = url_for("escalations.editing", reference=reference, what="form")
    return render_template("escalations/act.html", form=form, both=both, **context), 409


def _said(form: CorrectForm, field: str, value: object, zone: str) -> str:
    """Give a value as the form says it: the word of a choice, a day."""
    if field == "deadline":
        at = datetime.fromisoformat(value) if isinstance(value, str) and value else None
        there = local(at, zone)
        day = there.date() if there else value
        return show_day(day) if isinstance(day, date) else ""
    words = {str(one[0]): str(one[1]) for one in getattr(form[field], "choices", None) or ()}
    return words.get(str(value), str(value or ""))


def _standing(case: Escalation, zone: str) -> dict[str, Any]:
    """Give what stands there now, and the same as text, to tell later what the person changed."""
    day = local(case.deadline_at, zone)
    fields = {name: getattr(case, name) for name in actions.FIELDS}
    was = {name: actions.as_text(value) for name, value in fields.items()}
    shown = fields | {
        "deadline": day.date() if day else None,
        "tags": was["tags"],
        "was": json.dumps(was),
    }
    return shown


def _given(form: CorrectForm, zone: str) -> dict[str, Any]:
    return {
        "title": form.title.data,
        "demand": form.demand.data,
        "impact": form.impact.data or "",
        "tags": list(tags_of((form.tags.data or "").split(","))),
        "trigger": Trigger(form.trigger.data),
        "problem": Problem(form.problem.data),
        "channel": Channel(form.channel.data),
        "words_language": form.words_language.data,
        "deadline_at": _deadline(form, zone),
    }


def _deadline(form: CorrectForm, zone: str) -> datetime | None:
    """Give the end of the day that was chosen; an untouched day keeps the hour it had."""
    was = _was(form).get("deadline_at", "")
    try:
        before = datetime.fromisoformat(was) if was else None
    except ValueError:
        raise Refused(_("This form is damaged: open it again.")) from None
    day = local(before, zone)
    if day is not None and day.date() == form.deadline.data:
        return before
    return end_of(form.deadline.data, zone)


def _was(form: CorrectForm) -> dict[str, str]:
    try:
        found = json.loads(form.was.data or "")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refused(_("This form is damaged: open it again."))
    return {str(key): str(value) for key, value in found.items()}
