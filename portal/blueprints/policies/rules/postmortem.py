"""Post-mortems: when one is due, by when each step, and how long actions take."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from portal.core.i18n import _

from .base import Count, Document, GradeName, Part, SeverityName, Share, TriggerName


class DueRules(Part):
    """What makes a post-mortem due."""

    always: tuple[SeverityName, ...]
    when_open_longer: tuple[SeverityName, ...]
    open_longer_than_days: Count
    lost_arr_share_from: Share
    lost_within_days: Count
    compensation_above_grade: GradeName
    re_escalation_days: Count


class PostmortemPolicy(Document):
    """Due rules, the days of each step (business days from the day it became due), and actions."""

    due: DueRules
    draft_business_days: Count
    meeting_business_days: Count
    approval_business_days: Count
    priority_action_weeks: Count
    normal_action_weeks: Count
    loss_note_minutes: Count
    counsel_chooses_on: tuple[TriggerName, ...]
    drafts_gone_after_days: Count
    figures_of_people_from: Annotated[int, Field(ge=2, le=100)]
    recurrence_shown_to: Literal["owner_and_leadership", "owner"]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        steps = (self.draft_business_days, self.meeting_business_days, self.approval_business_days)
        if list(steps) != sorted(steps):
            raise ValueError(_("Draft, meeting and approval follow each other."))
        if self.priority_action_weeks > self.normal_action_weeks:
            raise ValueError(_("Priority actions are due before the others."))
        return self
