"""Shapes of the forms about risk, and of what the portfolio's address says."""

from collections.abc import Mapping

from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from portal.blueprints.accounts.models import Band, Tier
from portal.core import quarters
from portal.core.i18n import lazy_gettext
from portal.core.web import choices

from .models import CardState, ChanceBasis, HardRule, Stage, WorkKind
from .queries import Past, Search
from .rules import PredictionVerdict

BANDS = {
    Band.RED: lazy_gettext("Red"),
    Band.AMBER: lazy_gettext("Amber"),
    Band.GREEN: lazy_gettext("Green"),
}
VERDICTS = {
    PredictionVerdict.HIT: lazy_gettext("Warned, and lost"),
    PredictionVerdict.MISS: lazy_gettext("Not warned, and lost"),
    PredictionVerdict.FALSE_ALARM: lazy_gettext("Warned, and kept"),
    PredictionVerdict.QUIET: lazy_gettext("Not warned, and kept"),
    PredictionVerdict.OPEN: lazy_gettext("Its day has not come"),
}
BASES = {
    ChanceBasis.CARD: lazy_gettext("scorecard of the policy"),
    ChanceBasis.BANDS: lazy_gettext("what became of earlier predictions of this band"),
}
WORK = {
    WorkKind.SPONSORED: lazy_gettext("sponsored"),
    WorkKind.COMPENSATED: lazy_gettext("compensated"),
    WorkKind.PLANNED: lazy_gettext("a plan in the register"),
    WorkKind.ESCALATED: lazy_gettext("a grave case"),
}
CARD_STATES = {
    CardState.FITTING: lazy_gettext("Being learned"),
    CardState.FITTED: lazy_gettext("Learned"),
    CardState.FAILED: lazy_gettext("None came of it"),
    CardState.PROPOSED: lazy_gettext("Proposed"),
}
STAGES = {
    Stage.AT_RISK: lazy_gettext("At risk"),
    Stage.PLAN_IN_PLACE: lazy_gettext("Plan in place"),
    Stage.SAVING: lazy_gettext("Being saved"),
    Stage.RECOVERED: lazy_gettext("Recovered"),
    Stage.LOST: lazy_gettext("Lost"),
}
RULES = {
    HardRule.CHURN_NOTICE: lazy_gettext("The customer has given notice"),
    HardRule.OPEN_E1: lazy_gettext("An E1 case is open"),
    HardRule.OPEN_E2: lazy_gettext("An E2 case is open"),
}
LIKELY = {
    1: lazy_gettext("1, rare: below 10 %%"),
    2: lazy_gettext("2, unlikely: 10 to 20 %%"),
    3: lazy_gettext("3, possible: 20 to 50 %%"),
    4: lazy_gettext("4, likely: 50 to 70 %%"),
    5: lazy_gettext("5, almost certain: above 70 %%"),
}
IMPACT = {
    1: lazy_gettext("1, a nuisance"),
    2: lazy_gettext("2, a smaller contract"),
    3: lazy_gettext("3, a product lost"),
    4: lazy_gettext("4, most of the contract"),
    5: lazy_gettext("5, the customer and others with it"),
}


def _person(value: object) -> int | None:
    return int(str(value)) if value not in (None, "", "None") else None


class JudgementForm(FlaskForm):
    """Another judgement than the score's, with its reason."""

    band = SelectField(
        lazy_gettext("Your own judgement"),
        choices=choices([*BANDS.items(), ("", lazy_gettext("None: the score stands alone"))]),
        coerce=lambda value: Band(value) if value else None,
        validators=[Optional()],
    )
    reason = TextAreaField(lazy_gettext("Why"), validators=[DataRequired(), Length(max=400)])


class EntryForm(FlaskForm):
    """What is said of a risk."""

    title = StringField(
        lazy_gettext("What could happen"), validators=[DataRequired(), Length(max=200)]
    )
    likelihood = SelectField(
        lazy_gettext("Likelihood within twelve months"),
        choices=choices(LIKELY.items()),
        coerce=int,
        validators=[InputRequired()],
    )
    impact = SelectField(
        lazy_gettext("Impact"),
        choices=choices(IMPACT.items()),
        coerce=int,
        validators=[InputRequired()],
    )
    plan = TextAreaField(lazy_gettext("Plan"), validators=[Length(max=2000)])
    owner_id = SelectField(lazy_gettext("Who answers for it"), coerce=_person)
    review_on = DateField(lazy_gettext("Next review"), validators=[InputRequired()])
    version = HiddenField()


class MoveForm(FlaskForm):
    """To which stage, and why."""

    stage = SelectField(lazy_gettext("Stage"), coerce=Stage, validators=[InputRequired()])
    why = TextAreaField(lazy_gettext("Why"), validators=[DataRequired(), Length(max=400)])


class TaskForm(FlaskForm):
    """A step of the plan."""

    what = StringField(
        lazy_gettext("What is to be done"), validators=[DataRequired(), Length(max=300)]
    )
    task_owner = SelectField(lazy_gettext("Who does it"), coerce=_person)
    due_on = DateField(lazy_gettext("By when"), validators=[InputRequired()])


def search_of(given: Mapping[str, str]) -> Search:
    """Read an address's query; words that we do not know filter nothing."""
    band, tier, quarter = (given.get(name, "") for name in ("band", "tier", "quarter"))
    return Search(
        band=Band(band) if band in set(Band) else None,
        tier=Tier(tier) if tier in set(Tier) else None,
        segment=given.get("segment", "")[:60],
        region=given.get("region", "")[:60],
        quarter=quarter if quarters.parts(quarter) else "",
        mine=given.get("mine") == "1",
    )


def past_of(given: Mapping[str, str]) -> Past:
    """Read what the list of predictions is narrowed to; words that we do not know filter
    nothing.
    """
    verdict, band, worked = (given.get(name, "") for name in ("verdict", "band", "worked"))
    return Past(
        verdict=PredictionVerdict(verdict) if verdict in set(PredictionVerdict) else None,
        band=Band(band) if band in set(Band) else None,
        worked={"yes": True, "no": False}.get(worked),
        reference=given.get("account", "").strip().upper()[:24],
    )


def stage_of(given: str) -> Stage | None:
    """Read the stage that a list is narrowed to."""
    return Stage(given) if given in set(Stage) else None


def cell_of(given: Mapping[str, str]) -> tuple[int, int] | None:
    """Read the cell of the map that a list is narrowed to: likelihood and impact."""
    words = given.get("likelihood", ""), given.get("impact", "")
    if not all(word in {"1", "2", "3", "4", "5"} for word in words):
        return None
    return int(words[0]), int(words[1])
