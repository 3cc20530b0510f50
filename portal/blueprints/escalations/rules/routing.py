"""Which routing rule takes a case, and why."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.blueprints.policies.rules import (
    Actions,
    Comparison,
    FactValue,
    RoutingPolicy,
    RoutingRule,
    compare,
)


@dataclass(frozen=True)
class RuleTrial:
    """A rule held against the facts."""

    rule: RoutingRule
    conditions: tuple[Comparison, ...]

    @property
    def met(self) -> bool:
        """Say whether all its conditions are met; a rule without any takes everything."""
        return all(condition.met for condition in self.conditions)

    @property
    def missing(self) -> tuple[str, ...]:
        """Name the facts that were not known."""
        return tuple(trial.condition.field for trial in self.conditions if trial.missing)


@dataclass(frozen=True)
class RuleHit:
    """The rule that took the case, its place (1 = first), and every rule tried on the way."""

    rule: RoutingRule
    position: int
    trials: tuple[RuleTrial, ...]

    @property
    def actions(self) -> Actions:
        """Give what the rule sets."""
        return self.rule.then


def route(facts: Mapping[str, FactValue], policy: RoutingPolicy) -> RuleHit:
    """Give the first rule whose conditions the facts meet; the last one takes everything."""
    trials: list[RuleTrial] = []
    for position, rule in enumerate(policy.rules, 1):
        trial = RuleTrial(rule, tuple(compare(condition, facts) for condition in rule.when))
        trials.append(trial)
        if trial.met:
            return RuleHit(rule, position, tuple(trials))
    raise AssertionError("the last rule of a routing policy has no conditions")
