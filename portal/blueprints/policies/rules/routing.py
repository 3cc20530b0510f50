"""Routing: ordered rules, the first match wins, and a last one that takes everything."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from portal.core.access import Role
from portal.core.i18n import _

from .base import Document, LevelName, Name, Part, SeverityName, Words, distinct
from .conditions import Condition

OwnerSource = Literal[
    "account_csm", "account_manager", "escalation_manager", "team_lead", "author", "privacy"
]


TEMPLATES = ("executive", "legal", "security", "opportunity")
"""The customer messages a rule can propose; the escalation room words them, held by a test."""


class Actions(Part):
    """What a rule sets; what it leaves out stays as it is."""

    team: Name | None = None
    owner: OwnerSource
    level: LevelName
    severity_at_least: SeverityName | None = None
    restricted: bool = False
    tags: tuple[Name, ...] = ()
    watchers: tuple[Role, ...] = ()
    template: Name | None = None


class RoutingRule(Part):
    """All its conditions met, its actions are taken; no condition at all takes everything."""

    name: Name
    label: Words
    when: tuple[Condition, ...]
    then: Actions


class RoutingPolicy(Document):
    """The rules in their order."""

    rules: Annotated[tuple[RoutingRule, ...], Field(min_length=1, max_length=200)]

    @field_validator("rules")
    @classmethod
    def _ends_with_catch_all(cls, rules: tuple[RoutingRule, ...]) -> tuple[RoutingRule, ...]:
        distinct([rule.name for rule in rules], _("Rules"))
        if rules[-1].when:
            raise ValueError(_("The last rule must take everything: leave its conditions empty."))
        early = [rule.name for rule in rules[:-1] if not rule.when]
        if early:
            raise ValueError(
                _(
                    "Nothing gets past %(name)s: a rule without conditions stands last.",
                    name=early[0],
                )
            )
        return rules
