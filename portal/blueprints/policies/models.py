"""Policies with their versions, and every decision taken under them."""

from enum import StrEnum


class PolicyKind(StrEnum):
    """The documents leadership sets."""

    SEVERITY = "severity"
    ROUTING = "routing"
    TRIGGERS = "triggers"
    VALUE = "value"
    RISK = "risk"
    COMPENSATION = "compensation"
    SPONSORSHIP = "sponsorship"
    POSTMORTEM = "postmortem"
    REGULATOR_CLOCKS = "regulator_clocks"


class PolicyState(StrEnum):
    """Where a version of a policy stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
