"""The post-mortem policy: which cases need one, and by when."""

from typing import Self

from pydantic import Field, model_validator

from portal.core.i18n import _

from .base import Document, Exact, Part, SeverityName, TriggerName


class Due(Part):
    """What makes a post-mortem due."""

    severities: tuple[SeverityName, ...]
    long_severities: tuple[SeverityName, ...]
    long_days: int = Field(ge=1, le=366)
    lost_share: Exact = Field(gt=0, le=1)
    lost_within_days: int = Field(ge=1, le=1000)
    compensation_above_director: bool
    re_escalation_days: int = Field(ge=1, le=366)


class Deadlines(Part):
    """Business days from the day it became due."""

    draft: int = Field(ge=1, le=100)
    meeting: int = Field(ge=1, le=100)
    approval: int = Field(ge=1, le=100)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """Refuse a meeting before the draft, or an approval before the meeting."""
        if not self.draft <= self.meeting <= self.approval:
            raise ValueError(_("Draft, meeting and approval must follow each other."))
        return self


class ActionWeeks(Part):
    """Weeks that an action may take."""

    priority: int = Field(ge=1, le=104)
    normal: int = Field(ge=1, le=104)


class Chasing(Part):
    """Days before an action is due at which its owner is reminded, and days after it at which
    their manager, and then the executive of the case, are told.
    """

    soon_days: int = Field(default=7, ge=1, le=90)
    manager_days: int = Field(default=5, ge=1, le=90)
    executive_days: int = Field(default=10, ge=1, le=180)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """Refuse an executive who would hear of it before the manager does."""
        if self.executive_days < self.manager_days:
            raise ValueError(_("The manager must be told before the executive."))
        return self


class PostmortemPolicy(Document):
    """When a post-mortem is due, by when, and when counsel chooses its form first."""

    due: Due
    deadlines: Deadlines
    action_weeks: ActionWeeks
    chasing: Chasing = Chasing()
    counsel_triggers: tuple[TriggerName, ...]
