"""What is allowed in a policy but hardly meant: steps that reach nobody, rules nobody can reach."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from portal.core.access import Role
from portal.core.i18n import _, ngettext

from .base import Document
from .playbooks import PlaybooksPolicy
from .reach import unreachable
from .routing import TEMPLATES, RoutingPolicy, RoutingRule
from .severity import SeverityPolicy
from .words import team_words, word

OWNERS: dict[str, Role] = {
    "account_csm": Role.CSM,
    "account_manager": Role.ACCOUNT_MANAGER,
    "escalation_manager": Role.ESCALATION_MANAGER,
    "privacy": Role.PRIVACY,
}
LEADERS = (Role.EXECUTIVE, Role.LEADERSHIP)
PLAYERS: dict[str, tuple[Role, ...]] = {
    **{who: (role,) for who, role in OWNERS.items()},
    "finance": (Role.FINANCE,),
    "legal": (Role.LEGAL,),
    "leadership": (Role.LEADERSHIP,),
    "executive_owner": LEADERS,
}


@dataclass(frozen=True)
class Company:
    """Who is there to be told: people by role, teams by the name rules use (those with a lead who
    is still here, those without anybody who is, those that were retired with the name of who came
    after them), and of those who may own a case how many have a
    manager, or somebody to stand in for them, who is still here.
    """

    roles: Mapping[Role, int]
    teams: frozenset[str] = frozenset()
    led: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()
    followed: Mapping[str, str] = field(default_factory=dict)
    owners: int = 0
    managed: int = 0
    substituted: int = 0

    @property
    def heard(self) -> dict[str, int]:
        """Give for how many of those who may own a case each recipient of the ladder is there."""
        led = any(self.roles.get(role) for role in LEADERS)
        return {
            "owner": self.owners,
            "substitute": self.substituted,
            "manager": self.managed,
            "executive_owner": self.owners if led else 0,
        }


@dataclass(frozen=True)
class Finding:
    """Something to look at before publishing; `path` is where."""

    path: str
    text: str


def findings(document: Document, company: Company) -> list[Finding]:
    """Point out what can never happen, or reaches nobody in the company as it is today."""
    if isinstance(document, SeverityPolicy):
        return list(_ladder(document, company))
    if isinstance(document, RoutingPolicy):
        return [*_paths(document), *_people(document, company)]
    if isinstance(document, PlaybooksPolicy):
        return list(_players(document, company))
    return []


def _players(policy: PlaybooksPolicy, company: Company) -> Iterator[Finding]:
    """Point out who joins or takes a step, but is nobody."""
    there = {who for who, roles in PLAYERS.items() if any(company.roles.get(r) for r in roles)}
    for number, playbook in enumerate(policy.playbooks):
        for index, one in enumerate(playbook.joins):
            path = f"playbooks.{number}.joins.{index}"
            if one.team and one.team in company.followed:
                yield Finding(path, _after(one.team, company))
            elif one.team and one.team not in company.teams:
                yield Finding(path, _("There is no team “%(team)s”: nobody joins.", team=one.team))
            elif one.who and one.who not in there:
                yield Finding(
                    path, _("Nobody is %(role)s today: nobody joins.", role=word(one.who))
                )
        for index, step in enumerate(playbook.steps):
            if step.who != "owner" and step.who not in there:
                text = _("Nobody is %(role)s today: nobody takes this step.", role=word(step.who))
                yield Finding(f"playbooks.{number}.steps.{index}", text)


def _ladder(policy: SeverityPolicy, company: Company) -> Iterator[Finding]:
    for index, step in enumerate(policy.ladder):
        missing = company.owners - max(company.heard[who] for who in step.tell)
        names = ", ".join(word(who) for who in step.tell)
        if missing == company.owners:
            text = _("This step reaches nobody today: nobody is %(names)s.", names=names)
            yield Finding(f"ladder.{index}", text)
        elif missing > 0:
            text = ngettext(
                "This step (%(names)s) reaches nobody for %(num)d of %(all)s people who may own a "
                "case.",
                "This step (%(names)s) reaches nobody for %(num)d of %(all)s people who may own a "
                "case.",
                missing,
                names=names,
                all=company.owners,
            )
            yield Finding(f"ladder.{index}", str(text))
    yield from _told_late(policy)


def _told_late(policy: SeverityPolicy) -> Iterator[Finding]:
    """Point out a ladder that ends before a clock has run out."""
    last = policy.ladder[-1].share_percent
    if last < 100:
        text = _(
            "Nobody is told when a clock has run out: the last step is at %(share)s %%.",
            share=str(last),
        )
        yield Finding("ladder", text)


def _paths(policy: RoutingPolicy) -> Iterator[Finding]:
    labels = {rule.name: str(_(rule.label)) for rule in policy.rules}
    places = {rule.name: index for index, rule in enumerate(policy.rules)}
    for name, before in unreachable(policy).items():
        names = ", ".join(f"“{labels[one]}”" for one in before)
        text = (
            _(
                "This rule can never take a case: %(names)s before it takes all it would.",
                names=names,
            )
            if before
            else _("This rule can never take a case: its conditions exclude each other.")
        )
        yield Finding(f"rules.{places[name]}", text)


def _people(policy: RoutingPolicy, company: Company) -> Iterator[Finding]:
    for index, rule in enumerate(policy.rules):
        for text in _missing(rule, company):
            yield Finding(f"rules.{index}", text)


def _after(team: str, company: Company) -> str:
    return _(
        "The team “%(team)s” is retired, “%(after)s” stands for it: name that one.",
        team=team_words(team),
        after=team_words(company.followed[team]),
    )


def _missing(rule: RoutingRule, company: Company) -> Iterator[str]:
    actions = rule.then
    if actions.team and actions.team in company.followed:
        yield _after(actions.team, company)
    elif actions.team and actions.team not in company.teams:
        yield _("There is no team “%(team)s”: cases of this rule get none.", team=actions.team)
    elif actions.team in company.empty:
        yield _(
            "Nobody is in the team “%(team)s” any more: nobody takes its cases.", team=actions.team
        )
    if actions.owner == "team_lead" and (not actions.team or actions.team not in company.led):
        yield _(
            "The owner is the team's lead, but the team has none who is still here: nobody gets "
            "these cases."
        )
    if actions.template and actions.template not in TEMPLATES:
        yield _(
            "There is no message “%(name)s”: the customer is written to without a proposal.",
            name=actions.template,
        )
    role = OWNERS.get(actions.owner)
    if role is not None and not company.roles.get(role):
        yield _(
            "Nobody is %(role)s today: cases of this rule may find no owner.",
            role=word(actions.owner),
        )
    for watcher in actions.watchers:
        if not company.roles.get(watcher):
            yield _(
                "Nobody watches: there is no one with the role %(role)s.", role=word(watcher.value)
            )
