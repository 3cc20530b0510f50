"""What is planned for the figures of a quarter."""

from decimal import Decimal

from flask import url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _, language
from portal.core.web import attempt, done, page, require, viewer
from portal.reports.facts.review import Measure, Unit

from .. import actions, queries, rules
from ..forms import PlanForm, PlannedForm
from ..rules.plans import PLANNED
from .blueprint import bp

HUNDRED = Decimal(100)


@bp.route("/plan/<quarter>", methods=["GET", "POST"])
@require(Permission.REVIEWS_RUN)
def plan(quarter: str) -> ResponseReturnValue:
    """Set what is planned for the figures of a quarter, or show it once that is over."""
    one, now = queries.named(quarter), clock.now()
    if one is None:
        raise NotFound
    row, house = queries.plan_of(one), auth_queries.organisation()
    form = _form(queries.targets_of(row), house.currency, version=row.version if row else 0)
    over = one.ends_at <= now

    def keep() -> bool:
        actions.set_plan(one, _given(form), version=form.seen, by=viewer(), now=now)
        return True

    if not over and attempt(form, keep):
        return done(url_for("reviews.plan", quarter=quarter), _("The plan of this quarter is set."))
    return page(
        "reviews/plan.html",
        form=form,
        fields=[form[measure.value] for measure in PLANNED],
        name=one.reference.removeprefix("QR-"),
        one=one,
        row=row,
        over=over,
        who=auth_queries.names([row.set_by_id]).get(row.set_by_id or 0) if row else None,
        others=_others(one),
    )


def _others(one: rules.Quarter) -> list[str]:
    """Name the quarters whose plan can be set now, but this one."""
    offered = [queries.quarter_at(clock.now(), shift=by).reference for by in (0, 1)]
    return [name.removeprefix("QR-") for name in offered if name != one.reference]


def _form(targets: dict[Measure, Decimal], currency: str, *, version: int) -> PlannedForm:
    shown = {
        measure.value: value * HUNDRED if PLANNED[measure] is Unit.SHARE else value
        for measure, value in targets.items()
    }
    form = PlanForm(version=str(version), **shown)
    for measure, name in queries.measure_names(PLANNED, language=language(), now=clock.now()):
        unit = {Unit.SHARE: "%", Unit.MONEY: currency}.get(PLANNED[measure])
        form[measure.value].label.text = f"{name} ({unit})" if unit else name
    return form


def _given(form: PlannedForm) -> dict[Measure, Decimal]:
    given = {measure: form[measure.value].data for measure in PLANNED}
    return {
        measure: value / HUNDRED if PLANNED[measure] is Unit.SHARE else value
        for measure, value in given.items()
        if value is not None
    }
