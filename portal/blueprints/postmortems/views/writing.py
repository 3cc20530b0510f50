"""Writing a post-mortem: its texts, causes and findings, each as a small form of its own."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _
from portal.core.money import Money
from portal.core.web import page, require, viewer

from .. import actions, queries, rules
from ..forms import CauseChangeForm, CauseForm, CostForm, FindingForm, LineForm, TextForm
from ..models import Factor, FindingKind, Postmortem
from ..rules import words
from .blueprint import ask_for, bp, do, row_of

COURT = {"what_happened"}
"""Texts beside which it stands that a judge may read them."""


@bp.post("/<reference>/begin")
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def begin(reference: str) -> ResponseReturnValue:
    """Begin to write, with timelines filled from the case."""
    return do(
        reference,
        lambda row: actions.begin(row, by=viewer(), now=clock.now()),
        _("The timelines begin with what the case knows. Correct and complete them."),
        place="timelines",
    )


@bp.route("/<reference>/text/<field>", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def text(reference: str, field: str) -> ResponseReturnValue:
    """Write one of the texts."""
    if field not in rules.TEXTS:
        raise NotFound
    row = row_of(reference)
    _only_writers(row)
    stands = getattr(row, field)
    mine = queries.unsaved_of(row, field, viewer=viewer())
    digest = rules.digest(stands)
    form = TextForm(text=mine.text if mine else stands, was=mine.was if mine else digest)
    return ask_for(
        row,
        form,
        lambda: actions.write(
            row,
            field,
            form.text.data or "",
            was=form.was.data or "",
            by=viewer(),
            now=clock.now(),
        ),
        title=words.field_words(field),
        lead=_lead(field),
        rows={"title": 3, "summary": 3, "surprise": 6}.get(field, 18),
        submit=_("Keep this text"),
        message=_("Your text is kept."),
        unsaved=mine,
        stands=stands if mine and mine.was != digest else None,
        autosave=url_for("postmortems.save_unsaved", reference=reference, field=field),
        discard=url_for("postmortems.discard_unsaved", reference=reference, field=field),
        history=url_for("postmortems.versions", reference=reference, field=field),
        place={"title": "summary", "summary": "summary", "surprise": "surprise"}.get(
            field, "timelines"
        ),
    )


@bp.get("/<reference>/text/<field>/versions")
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def versions(reference: str, field: str) -> ResponseReturnValue:
    """Show what a text said before, to who may write it: drafts name people."""
    if field not in rules.TEXTS:
        raise NotFound
    row = row_of(reference)
    _only_writers(row)
    found = queries.versions_of(row, field)
    return page("postmortems/versions.html", row=row, field=field, found=found)


def _only_writers(row: Postmortem) -> None:
    """Show the words of a draft for editing only to who may edit them: they name people."""
    if request.method == "GET" and rules.Right.WRITE not in queries.rights_of(row, by=viewer()):
        raise NotFound


def _lead(field: str) -> str:
    if field in COURT:
        return str(_("Facts and times, no guesses about fault; a judge may read this."))
    if field == "title":
        return str(_("What happened, in a few words and without names."))
    if field == "surprise":
        return str(_("What did we believe that was not so, and what could have told us sooner?"))
    return str(_("Speak of roles, not of names: the person may read this."))


@bp.route("/<reference>/line/<lane>", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def line(reference: str, lane: str) -> ResponseReturnValue:
    """Add a line to a timeline."""
    if lane not in rules.LANES:
        raise NotFound
    row, form = row_of(reference), LineForm()
    return ask_for(
        row,
        form,
        lambda: actions.add_line(row, lane, form.text.data or "", by=viewer(), now=clock.now()),
        title=_("Add to “%(lane)s”", lane=words.field_words(lane)),
        lead=_lead(lane),
        submit=_("Add this line"),
        message=_("Your line is added."),
        place="timelines",
    )


@bp.route("/<reference>/causes/new", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def add_cause(reference: str) -> ResponseReturnValue:
    """Name a contributing factor."""
    row, form = row_of(reference), CauseForm()
    return ask_for(
        row,
        form,
        lambda: actions.add_cause(
            row,
            factor=Factor(form.factor.data),
            text=form.text.data or "",
            whys=form.whys,
            proof=_proof(form),
            by=viewer(),
            now=clock.now(),
        ),
        title=_("Name a cause"),
        lead=_("What made it possible, not who. Each “why” answers the one before."),
        submit=_("Add this cause"),
        message=_("The cause is added."),
        place="causes",
    )


def _proof(form: CauseForm | CauseChangeForm) -> actions.Proof:
    weight, told, url = form.weight.data, form.evidence.data, form.evidence_url.data
    return actions.Proof(weight, told or "", url or "")


@bp.route("/<reference>/causes/<int:cause_id>", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def change_cause(reference: str, cause_id: int) -> ResponseReturnValue:
    """Change a cause."""
    row = row_of(reference)
    _only_writers(row)
    cause = queries.get_cause(row, cause_id)
    given = {
        "factor": cause.factor.value,
        "text": cause.text,
        "weight": cause.weight,
        "evidence": cause.evidence,
        "evidence_url": cause.evidence_url,
        "version": str(cause.version),
    }
    form = CauseChangeForm(data=given)
    return ask_for(
        row,
        form,
        lambda: actions.change_cause(
            row,
            cause,
            factor=Factor(form.factor.data),
            text=form.text.data or "",
            proof=_proof(form),
            version=form.seen,
            by=viewer(),
            now=clock.now(),
        ),
        title=_("Change this cause"),
        lead=_("What made it possible, not who."),
        submit=_("Keep this cause"),
        message=_("The cause is changed."),
        place="causes",
    )


@bp.post("/<reference>/causes/<int:cause_id>/remove")
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def remove_cause(reference: str, cause_id: int) -> ResponseReturnValue:
    """Take a cause out."""
    return do(
        reference,
        lambda row: actions.remove_cause(
            row, queries.get_cause(row, cause_id), by=viewer(), now=clock.now()
        ),
        _("The cause is taken out."),
        place="causes",
    )


@bp.route("/<reference>/findings/new", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def add_finding(reference: str) -> ResponseReturnValue:
    """Say what went well, badly, or by luck."""
    row, form = row_of(reference), FindingForm(kind=request.args.get("kind"))
    return ask_for(
        row,
        form,
        lambda: actions.add_finding(
            row,
            kind=FindingKind(form.kind.data),
            text=form.text.data or "",
            by=viewer(),
            now=clock.now(),
        ),
        title=_("What went well, badly, or by luck?"),
        lead=_("Speak of roles, not of names: the person may read this."),
        submit=_("Add it"),
        message=_("Your finding is added."),
        place="findings",
    )


@bp.post("/<reference>/findings/<int:finding_id>/remove")
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def remove_finding(reference: str, finding_id: int) -> ResponseReturnValue:
    """Take a finding out."""
    return do(
        reference,
        lambda row: actions.remove_finding(
            row, queries.get_finding(row, finding_id), by=viewer(), now=clock.now()
        ),
        _("The finding is taken out."),
        place="findings",
    )


@bp.route("/<reference>/cost", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def cost(reference: str) -> ResponseReturnValue:
    """Say what it cost."""
    row = row_of(reference)
    known = queries.cost_of(row)
    form = CostForm(version=str(row.version), amount=known.amount if known else None)
    return ask_for(
        row,
        form,
        lambda: actions.set_cost(
            row,
            None if form.amount.data is None else Money(form.amount.data, row.currency),
            version=form.seen,
            by=viewer(),
            now=clock.now(),
        ),
        title=_("What did it cost us?"),
        lead=_(
            "Compensation, our own work, and what else left the house, in %(currency)s.",
            currency=row.currency,
        ),
        submit=_("Keep this figure"),
        message=_("The cost is kept."),
        place="cost",
    )
