"""Doors to the panels that decide nominations."""

from collections.abc import Callable
from datetime import UTC

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Permission, Role
from portal.core.calendar import from_local
from portal.core.errors import NotFound
from portal.core.i18n import _
from portal.core.web import attempt, choices, done, page, require, viewer

from .. import actions, forms, queries, rules
from ..models import LaneKind, Panel, PanelState, PanelVerdict
from .blueprint import bp

SEATED = (Role.EXECUTIVE, Role.LEADERSHIP, Role.PROGRAMME_MANAGER)


@bp.route("/panels/new", methods=["GET", "POST"])
@require(Permission.SPONSORSHIP_MANAGE)
def convene() -> ResponseReturnValue:
    """Convene a panel."""
    form = forms.PanelForm()
    able = {choice for role in SEATED for choice in auth_queries.choices(role=role)}
    form.members.choices = choices(sorted(able, key=lambda choice: choice[1]))
    made = attempt(form, lambda: _convene(form))
    if made:
        return done(
            url_for("sponsorship.show", reference=made),
            _("The panel is convened, and its members are told."),
        )
    return page("sponsorship/new_panel.html", form=form)


def _convene(form: forms.PanelForm) -> str:
    wall = form.meets_at.data
    assert wall is not None
    at = from_local(wall.replace(tzinfo=None), viewer().zone).astimezone(UTC)
    return actions.convene(
        meets_at=at,
        place=form.place.data or "",
        quorum=form.quorum.data or 0,
        members=form.members.data or (),
        by=viewer(),
        now=clock.now(),
    ).reference


def panel_sheet(reference: str, **refused: FlaskForm) -> ResponseReturnValue:
    """Show a panel: who sits on it, its agenda, and how the votes stand."""
    now = clock.now()
    row = queries.get_panel(viewer(), reference, now=now)
    runs = viewer().may(Permission.SPONSORSHIP_MANAGE) and row.state is PanelState.PLANNED
    put = refused.get("put") or forms.AgendaForm()
    open_items = queries.to_put_on(viewer(), row, now=now) if runs else []
    put["nomination"].choices = choices((ref, f"{name}, {ref}") for ref, name, _lane in open_items)
    items = queries.agenda(viewer(), row, now=now)
    shows = queries.may_see_votes(viewer(), row)
    return page(
        "sponsorship/panel.html",
        form=next(iter(refused.values()), None),
        row=row,
        items=items,
        seats=queries.seats(row),
        seated=queries.is_seated(row, viewer().id),
        votes=queries.votes(row, [one.id for one in items]) if shows else {},
        shows=shows,
        runs=runs,
        put=put,
        open_items=open_items,
        draws=queries.draws(row),
        ties=_ties(row) if runs else {},
        names={one.reference: one.account for one in items},
        verdicts=forms.VERDICTS,
        lanes=forms.LANES,
    )


def _ties(row: Panel) -> dict[LaneKind, int]:
    """Give how many nominations of each lane tie with another, and could be drawn by lot."""
    points = queries.policy_in_force()[0].tie_points
    return {
        lane: sum(map(len, rules.drawing.ties(queries.scored(row, lane), points=points)))
        for lane in LaneKind
    }


@bp.post("/<reference>/agenda")
@require(Permission.SPONSORSHIP_MANAGE)
def put_on_agenda(reference: str) -> ResponseReturnValue:
    """Put a nomination on an agenda."""
    form, by, now = forms.AgendaForm(), viewer(), clock.now()
    row = queries.get_panel(by, reference, now=now)
    known = queries.to_put_on(by, row, now=now)
    form.nomination.choices = choices((ref, ref) for ref, _name, _lane in known)

    def work(panel: Panel) -> None:
        chosen = form.nomination.data or ""
        nomination = queries.get_nomination(by, chosen, now=now, lock=True)
        actions.put_on_agenda(nomination, panel, by=by, now=now)

    return _run(reference, "put", form, work, _("It stands on the agenda."))


@bp.post("/<reference>/agenda/<nomination>/off")
@require(Permission.SPONSORSHIP_MANAGE)
def take_off_agenda(reference: str, nomination: str) -> ResponseReturnValue:
    """Take a nomination off an agenda."""
    by, now = viewer(), clock.now()

    def work(panel: Panel) -> None:
        row = queries.get_nomination(by, nomination, now=now, lock=True)
        actions.take_off_agenda(row, panel, by=by, now=now)

    return _run(reference, "off", FlaskForm(), work, _("It no longer stands on the agenda."))


@bp.post("/<reference>/draw/<lane>")
@require(Permission.SPONSORSHIP_MANAGE)
def draw(reference: str, lane: str) -> ResponseReturnValue:
    """Draw by lot among the ties of a lane."""
    by, now = viewer(), clock.now()
    if lane not in list(LaneKind):
        raise NotFound
    return _run(
        reference,
        "draw",
        FlaskForm(),
        lambda panel: actions.draw(panel, LaneKind(lane), by=by, now=now),
        _("It is drawn; the seed is kept with the order."),
    )


@bp.post("/<reference>/close")
@require(Permission.SPONSORSHIP_MANAGE)
def close_panel(reference: str) -> ResponseReturnValue:
    """Close a panel."""
    by, now = viewer(), clock.now()
    return _run(
        reference,
        "close",
        FlaskForm(),
        lambda panel: actions.close_panel(panel, by=by, now=now),
        _("The panel has closed."),
    )


def _run(
    reference: str, name: str, form: FlaskForm, work: Callable[[Panel], object], told: str
) -> ResponseReturnValue:
    def do() -> bool:
        work(queries.get_panel(viewer(), reference, now=clock.now(), lock=True))
        return True

    if attempt(form, do):
        return done(url_for("sponsorship.show", reference=reference), told)
    return panel_sheet(reference, **{name: form})


def vote_form(form: forms.VoteForm) -> PanelVerdict | None:
    """Give the verdict of a vote; None where somebody stands aside."""
    return PanelVerdict(form.verdict.data) if form.verdict.data else None
