"""Lists, asking for a post-mortem, and the page of one."""

from datetime import datetime

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.escalations import queries as case_queries
from portal.blueprints.escalations.models import OPEN_STATES
from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _
from portal.core.web import attempt, done, is_fragment, page, require, viewer

from .. import actions, queries, rules
from ..forms import AskForm
from .blueprint import bp, row_of
from .elsewhere import show_imported


@bp.get("/")
@require(Permission.POSTMORTEMS_READ)
def index() -> ResponseReturnValue:
    """List post-mortems; as a part of another page, those of one account or case."""
    now, given = clock.now(), request.args
    account, case = given.get("account", ""), given.get("case", "")
    today = queries.today_of(now)
    told = {"title_read": queries.title_read, "leader_read": queries.leader_read}
    shown = {"today": today, "late": queries.steps_late, **told}
    if given.get("part") or is_fragment():
        lines = queries.of_record(viewer(), account=account, case=case, now=now)
        offers = _offers(case, now=now) if case else []
        return page("postmortems/_list.html", lines=lines, case=case, offers=offers, **shown)
    search = queries.Search(
        group=given.get("group", "all" if account or case else "open"),
        account=account,
        case=case,
        mine=given.get("mine") == "1",
    )
    found = queries.page(viewer(), search, today=today, now=now, cursor=given.get("after"))
    totals = queries.totals(viewer(), today=today, now=now)
    return page("postmortems/index.html", found=found, search=search, totals=totals, **shown)


def _offers(reference: str, *, now: datetime) -> list[queries.Offer]:
    """Give earlier causes like a case that is still open, to who may link it to one."""
    if not viewer().may(Permission.POSTMORTEMS_CONTRIBUTE):
        return []
    try:
        case = case_queries.get(viewer(), reference, now=now)
    except NotFound:
        return []
    if case.state not in OPEN_STATES:
        return []
    return queries.alike(case, viewer=viewer(), now=now)


@bp.route("/new", methods=["GET", "POST"])
@require(Permission.POSTMORTEMS_CONTRIBUTE)
def new() -> ResponseReturnValue:
    """Ask for a post-mortem of a case."""
    reference, now, form = request.args.get("escalation", ""), clock.now(), AskForm()
    case = case_queries.get(viewer(), reference, now=now)
    made = attempt(
        form, lambda: actions.ask(case, why=form.why.data or "", by=viewer(), now=now).reference
    )
    if made:
        return done(url_for("postmortems.show", reference=made), _("The post-mortem is asked for."))
    return page("postmortems/new.html", form=form, case=case)


@bp.get("/<reference>/as/<variant>")
@require(Permission.POSTMORTEMS_READ)
def as_read(reference: str, variant: str) -> ResponseReturnValue:
    """Show a post-mortem as somebody else reads it."""
    if variant not in set(rules.Variant):
        raise NotFound
    row, which, now = row_of(reference), rules.Variant(variant), clock.now()
    told = queries.variant(row, which, viewer=viewer(), now=now)
    others = queries.variants_for(row, viewer=viewer())
    remarks = queries.remarks_of(row, viewer=viewer(), for_counsel=True) if told.counsel else []
    may = queries.rights_of(row, by=viewer()) if told.counsel else frozenset()
    return page(
        "postmortems/variant.html", row=row, told=told, variants=others, remarks=remarks, may=may
    )


@bp.get("/<reference>")
@require(Permission.POSTMORTEMS_READ)
def show(reference: str) -> ResponseReturnValue:
    """Show a post-mortem: where it stands, what it says, what follows; or one written elsewhere."""
    if reference.startswith(f"{rules.LOSS_PREFIX}-"):
        return redirect(url_for("postmortems.loss", reference=reference))
    now = clock.now()
    try:
        row = row_of(reference)
    except NotFound:
        return show_imported(reference)
    sheet = queries.sheet(row, viewer=viewer(), now=now)
    links = viewer().may(Permission.POSTMORTEMS_CONTRIBUTE) and row.state not in rules.FROZEN
    return page(
        "postmortems/show.html",
        sheet=sheet,
        row=row,
        may=sheet.rights,
        links=links,
        cluster=queries.cluster(row, viewer=viewer(), now=now),
        remarks=queries.remarks_of(row, viewer=viewer()),
        parts=queries.parts_of(row),
        unsaved=queries.unsaved_in(row, viewer=viewer()),
    )
