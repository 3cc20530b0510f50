"""Risk, for programs: scores with their factors, and the register."""

from decimal import Decimal

from apiflask import APIBlueprint
from flask import Response, url_for

from portal.blueprints.accounts import queries as accounts
from portal.blueprints.auth import queries as auth
from portal.core import clock, quarters
from portal.core.access import K, Permission
from portal.core.api import amount_of, answer, call, once, read_body, read_query, shapes
from portal.core.errors import NotFound
from portal.core.money import from_minor
from portal.core.web import require, viewer

from . import actions, queries, rules
from .queries import EntryLine
from .schemas import (
    AccountsAsked,
    EntriesAsked,
    EntryIn,
    EntryList,
    EntryOut,
    MoveIn,
    PartOut,
    PredictionList,
    PredictionOut,
    PredictionQuality,
    PredictionRecord,
    PredictionsAsked,
    QuarterQuality,
    RiskLine,
    RiskList,
    RiskOut,
)

bp = APIBlueprint("risk_api", __name__, url_prefix="/api/v1/risk")


@bp.get("/accounts")
@require(Permission.RISK_READ)
@shapes(asks=AccountsAsked, gives=RiskList)
def index() -> Response:
    """List accounts with their score, the highest first."""
    return call(_index)


def _index() -> Response:
    asked, currency = read_query(AccountsAsked), auth.organisation().currency
    quarter = asked.quarter if quarters.parts(asked.quarter) else ""
    search = queries.Search(segment=asked.segment, region=asked.region, quarter=quarter)
    found = queries.portfolio(
        viewer(), search, cursor=asked.after or None, now=clock.now(), limit=asked.limit
    )
    items = [
        RiskLine(
            account=row.reference,
            name=row.name,
            score=row.risk_score,
            band=row.risk_band,
            tier=row.value_tier.value if row.value_tier else None,
            yearly=amount_of(from_minor(row.arr_sort, currency)),  # type: ignore[arg-type]
            renewal_on=row.renewal_on,
        )
        for row in found.rows
    ]
    return answer(RiskList(items=items, after=found.after))


@bp.get("/accounts/<reference>")
@require(Permission.RISK_READ)
@shapes(gives=RiskOut)
def account(reference: str) -> Response:
    """Give an account's score with its factors, and what would make it green."""
    return call(lambda: _account(reference))


def _account(reference: str) -> Response:
    row = accounts.get(viewer(), reference, now=clock.now(), klass=K.CONFIDENTIAL)
    risk, judged = queries.risk_of(row), queries.judgement(row)
    if risk is None:
        raise NotFound
    return answer(
        RiskOut(
            account=reference,
            score=risk.score,
            band=risk.band,
            rule=risk.way.rule if risk.way else None,
            policy=risk.policy_number,
            reckoned_at=risk.changed_at,
            parts=[
                PartOut(
                    name=part.name,
                    measure=None if part.measure is None else format(part.measure, "f"),
                    points=format(rules.in_points(part.points), "f"),
                )
                for part in risk.parts
            ],
            green_by=[part.name for part in risk.way.steps] if risk.way else [],
            judged=judged.band if judged else None,
            judged_because=judged.reason if judged else None,
        )
    )


@bp.get("/predictions")
@require(Permission.RISK_READ)
@shapes(asks=PredictionsAsked, gives=PredictionList)
def predictions() -> Response:
    """List predictions with what became of them, the last first."""
    return call(_predictions)


def _predictions() -> Response:
    asked = read_query(PredictionsAsked)
    found = queries.predictions(
        viewer(),
        queries.Past(verdict=asked.verdict, reference=asked.account.upper()),
        cursor=asked.after or None,
        now=clock.now(),
        limit=asked.limit,
    )
    items = [
        PredictionOut(
            account=row.reference,
            made_on=row.made_on,
            due_on=row.due_on,
            score=row.score,
            band=row.band,
            chance=_plain(row.chance),
            basis=row.basis,
            policy=row.policy_number,
            settled_on=row.settled_on,
            lost=row.lost,
            worked=row.worked,
            worked_on=row.work,
            verdict=rules.verdict_of(row.band, lost=row.lost),
        )
        for row in found.rows
    ]
    return answer(PredictionList(items=items, after=found.after))


@bp.get("/predictions/quality")
@require(Permission.RISK_READ)
@shapes(gives=PredictionRecord)
def quality() -> Response:
    """Say how good the predictions were."""
    return call(_quality)


def _quality() -> Response:
    found = queries.record(viewer(), now=clock.now())
    return answer(
        PredictionRecord(
            every=_figures(found.every),
            left_alone=_figures(found.left_alone),
            worked_on=_figures(found.worked_on),
            quarters=[
                QuarterQuality(quarter=name, quality=_figures(one)) for name, one in found.quarters
            ],
            still_open=found.still_open,
        )
    )


def _figures(found: rules.Quality) -> PredictionQuality:
    return PredictionQuality(
        predictions=found.predictions,
        accounts=found.accounts,
        accounts_lost=found.lost_accounts,
        hits=found.hits,
        misses=found.misses,
        false_alarms=found.false_alarms,
        quiet=found.quiet,
        with_chance=found.with_chance,
        losses_warned_of=_plain(found.caught),
        warnings_come_true=_plain(found.right),
        brier=_plain(found.brier),
        brier_error=_plain(found.brier_error),
        brier_of_the_average=_plain(found.brier_of_the_average),
    )


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else format(round(value, 8).normalize(), "f")


@bp.get("/register")
@require(Permission.RISK_READ)
@shapes(asks=EntriesAsked, gives=EntryList)
def register() -> Response:
    """List the risks of the register, the next review first."""
    return call(_register)


def _register() -> Response:
    asked = read_query(EntriesAsked)
    found = queries.entries(
        viewer(),
        now=clock.now(),
        stage=asked.stage,
        cursor=asked.after or None,
        limit=asked.limit,
    )
    return answer(EntryList(items=[_out(row) for row in found.rows], after=found.after))


@bp.post("/register")
@require(Permission.RISK_WORK)
@shapes(takes=EntryIn, gives=EntryOut, status=201)
def enter() -> Response:
    """Enter a risk of an account."""
    return once(_enter)


def _enter() -> Response:
    given, now = read_body(EntryIn), clock.now()
    owner = queries.to_work_on(viewer(), given.account, now=now)
    wish = actions.Wish(
        title=given.title,
        likelihood=given.likelihood,
        impact=given.impact,
        review_on=given.review_on,
        plan=given.plan,
        owner_id=viewer().id,
    )
    row = actions.register(owner, wish, by=viewer(), now=now)
    where = url_for("risk_api.show", reference=row.reference)
    return answer(_line_of(row.reference), status=201, location=where)


@bp.get("/register/<reference>")
@require(Permission.RISK_READ)
@shapes(gives=EntryOut)
def show(reference: str) -> Response:
    """Give a risk of the register."""
    return call(lambda: answer(_line_of(reference)))


@bp.post("/register/<reference>/stage")
@require(Permission.RISK_WORK)
@shapes(takes=MoveIn, gives=EntryOut)
def move(reference: str) -> Response:
    """Bring a risk to another stage."""
    return once(lambda: _move(reference))


def _move(reference: str) -> Response:
    given, now = read_body(MoveIn), clock.now()
    row, owner = queries.entry(viewer(), reference, now=now)
    actions.move(row, owner, given.stage, why=given.why, by=viewer(), now=now)
    return answer(_line_of(reference))


def _line_of(reference: str) -> EntryOut:
    now = clock.now()
    _row, owner = queries.entry(viewer(), reference, now=now)
    lines = queries.of_account(owner, now=now)
    return _out(next(line for line in lines if line.reference == reference))


def _out(row: EntryLine) -> EntryOut:
    return EntryOut(
        reference=row.reference,
        account=row.account,
        title=row.title,
        likelihood=row.likelihood,
        impact=row.impact,
        stage=row.stage,
        days_in_stage=row.days,
        expected_loss=amount_of(row.loss),
        review_on=row.review_on,
    )
