"""Severity and clocks: what each level means, how fast we must be, and who is told on the way."""

import re
from functools import cached_property
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from portal.core.calendar import Calendar
from portal.core.i18n import _

from .base import ClockSpan, Count, Document, Part, SeverityName, Share, Span, TriggerName, Words
from .words import day_words, word

Recipient = Literal["owner", "substitute", "manager", "executive_owner"]
NUMBERED = re.compile(r"\b([0-6]) (?=\d\d:\d\d)")
Week = dict[str, tuple[tuple[str, str], ...]]
BriefManner = Literal["scheduled", "on_demand", "monthly_list"]


class Brief(Part):
    """When the executive owner gets a briefing: a first one and a rhythm, or none by the clock."""

    manner: BriefManner
    first: ClockSpan | None = None
    then: ClockSpan | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.manner == "scheduled") != (self.first is not None and self.then is not None):
            raise ValueError(_("A scheduled briefing needs its first time and its rhythm."))
        return self


class SeverityLevel(Part):
    """One row of the table: what the level means, and its clocks."""

    severity: SeverityName
    label: Words
    means: Words
    arr_share_above: Share | None = None
    triggers: tuple[TriggerName, ...]
    acknowledge: ClockSpan
    owner_named: ClockSpan
    silence: ClockSpan
    reply_owed: ClockSpan
    executive_brief: Brief
    close: ClockSpan


class LadderStep(Part):
    """Who is told when a share of a clock has run, or some minutes after it ran out."""

    share_percent: Annotated[int, Field(ge=1, le=100)]
    minutes_after: Annotated[int, Field(ge=0, le=10_080)] = 0
    tell: Annotated[tuple[Recipient, ...], Field(min_length=1)]
    only_unacknowledged: bool

    @cached_property
    def key(self) -> str:
        """Give the name under which a notice of this step is kept."""
        return f"{self.share_percent}+{self.minutes_after}"

    @property
    def order(self) -> tuple[int, int]:
        """Give the place of the step in time."""
        return self.share_percent, self.minutes_after


class SeverityPolicy(Document):
    """The severities, their clocks, the ladder of notice, and the limits around changing them."""

    levels: tuple[SeverityLevel, ...]
    formal_notice_severity: SeverityName
    executive_triggers: tuple[TriggerName, ...]
    outside_escalation_figures: tuple[TriggerName, ...]
    never_above_e4: tuple[TriggerName, ...]
    raise_when_demand_due_within_days: Count
    raise_at_most_to: SeverityName
    ladder: Annotated[tuple[LadderStep, ...], Field(min_length=1)]
    cooling_off: ClockSpan
    reopen_days: Count
    transfers_flagged_above: Count
    declare: Literal["at_once", "on_request"]
    long_track_review: Span
    opening_hours: Week

    @field_validator("levels")
    @classmethod
    def _each_trigger_once(cls, levels: tuple[SeverityLevel, ...]) -> tuple[SeverityLevel, ...]:
        if [level.severity for level in levels] != ["E1", "E2", "E3", "E4"]:
            raise ValueError(_("Give E1, E2, E3 and E4, in this order."))
        mapped = [trigger for level in levels for trigger in level.triggers]
        missing = [name for name in get_args(TriggerName) if name not in mapped]
        twice = [name for name in get_args(TriggerName) if mapped.count(name) > 1]
        if missing:
            raise ValueError(
                _(
                    "Each trigger belongs to one severity: %(names)s has none.",
                    names=", ".join(map(word, missing)),
                )
            )
        if twice:
            raise ValueError(
                _(
                    "Each trigger belongs to one severity: %(names)s has two.",
                    names=", ".join(map(word, twice)),
                )
            )
        return levels

    @field_validator("ladder")
    @classmethod
    def _steps_follow(cls, ladder: tuple[LadderStep, ...]) -> tuple[LadderStep, ...]:
        if any(step.share_percent < 100 and step.minutes_after for step in ladder):
            raise ValueError(
                _("Minutes later count from the moment a clock has run out: write 100 %% there.")
            )
        orders = [step.order for step in ladder]
        if orders != sorted(set(orders)):
            raise ValueError(_("The steps of the ladder must follow each other in time."))
        return ladder

    @field_validator("opening_hours")
    @classmethod
    def _opens(cls, week: Week) -> Week:
        try:
            Calendar.from_json({"tz": "UTC", "week": week})
        except ValueError as error:
            # A calendar document numbers its days; people name them.
            named = NUMBERED.sub(lambda found: f"{day_words()[int(found[1])]} ", str(error))
            raise ValueError(named) from error
        return week

    def level(self, severity: str) -> SeverityLevel:
        """Give the row of one severity; KeyError for a name that is none."""
        return self._by_name[severity]

    @cached_property
    def _by_name(self) -> dict[str, SeverityLevel]:
        return {str(row.severity): row for row in self.levels}
