"""Playbooks: for each trigger who joins, what to do in the first hours, and which words to use."""

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from portal.core.i18n import _

from .base import ClockSpan, Document, Name, Part, SeverityName, TriggerName, Words, distinct

Joining = Literal[
    "account_csm",
    "account_manager",
    "escalation_manager",
    "legal",
    "privacy",
    "finance",
    "executive_owner",
    "leadership",
]
Doer = Literal[
    "owner",
    "executive_owner",
    "account_csm",
    "account_manager",
    "escalation_manager",
    "legal",
    "privacy",
    "finance",
    "leadership",
]
Lines = Annotated[tuple[Words, ...], Field(max_length=40)]


class Joiner(Part):
    """Who joins the response to a case, from which severity on, and what for: people of a role, or
    a team by its name.
    """

    who: Joining | None = None
    team: Name | None = None
    severity_at_least: SeverityName
    does: Words

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.who is None) == (self.team is None):
            raise ValueError(_("Name either who joins or a team."))
        return self


class PlaybookStep(Part):
    """Something to do, by whom, from which severity on, within which time, and how many minutes of
    work it usually is; the same name in two playbooks is the same step.
    """

    name: Name
    label: Words
    who: Doer
    severity_at_least: SeverityName
    within: ClockSpan | None = None
    minutes: Annotated[int, Field(ge=1, le=2_400)] = 15


class Playbook(Part):
    """What is done for one trigger."""

    trigger: TriggerName
    aim: Words
    joins: Annotated[tuple[Joiner, ...], Field(max_length=20)]
    steps: Annotated[tuple[PlaybookStep, ...], Field(min_length=1, max_length=60)]
    say: Lines
    avoid: Lines
    counsel: Lines

    @field_validator("steps")
    @classmethod
    def _named_once(cls, steps: tuple[PlaybookStep, ...]) -> tuple[PlaybookStep, ...]:
        distinct([step.name for step in steps], _("Steps"))
        return steps


class PlaybooksPolicy(Document):
    """One playbook for each trigger; its parts say from which severity on they count."""

    playbooks: tuple[Playbook, ...]

    @field_validator("playbooks")
    @classmethod
    def _one_each(cls, playbooks: tuple[Playbook, ...]) -> tuple[Playbook, ...]:
        if [one.trigger for one in playbooks] != list(get_args(TriggerName)):
            raise ValueError(_("There is one playbook for each trigger, in their order."))
        return playbooks

    def of(self, trigger: str) -> Playbook:
        """Give the playbook of a trigger; KeyError for a name that is none."""
        return {one.trigger: one for one in self.playbooks}[trigger]  # type: ignore[index]
