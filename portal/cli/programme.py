"""Commands of the sponsorship programme."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .base import Failed, make_app, policy_at_hand, portal, say

if TYPE_CHECKING:
    from portal.blueprints.sponsorship.models import LaneKind
    from portal.blueprints.sponsorship.rules import Check


@portal.group()
def sponsorship() -> None:
    """The executive sponsorship programme."""


@sponsorship.command("check")
@click.argument("account", required=False)
@click.option("--lane", required=True, type=click.Choice(["strategic", "recovery"]))
@click.option(
    "--facts",
    type=click.Path(dir_okay=False, allow_dash=True),
    metavar="FACTS.json",
    help="Facts instead of an account; the operator's guide says which there are.",
)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def sponsorship_check(
    ctx: click.Context, account: str | None, lane: str, facts: str | None, as_json: bool
) -> None:
    """Hold ACCOUNT, or given facts, against the entry criteria of a lane; nothing is written.

    Facts need neither a secret nor a database: without one, version 1 of the policy counts.
    """
    from portal.blueprints.sponsorship import rules
    from portal.blueprints.sponsorship.models import LaneKind

    if (account is None) == (facts is None):
        raise click.UsageError("Name either an ACCOUNT or --facts FACTS.json.")
    wanted = LaneKind(lane)
    if account is not None:
        found, number = _examined(ctx, account, wanted)
    else:
        found, number = _given(facts or "-", wanted)
    say(rules.told(found, number=number), _words(found, number), as_json=as_json)


def _given(facts: str, lane: LaneKind) -> tuple[Check, int]:
    from portal.blueprints.policies.rules import SponsorshipPolicy
    from portal.blueprints.sponsorship import rules
    from portal.core import clock

    policy, number = policy_at_hand(SponsorshipPolicy)
    with click.open_file(facts, "rb") as stream:
        raw = stream.read(rules.LARGEST_FACTS + 1)
    try:
        given = rules.given(raw, today=clock.now().date(), policy=policy)
    except ValueError as error:
        raise Failed(str(error)) from error
    return rules.check(lane, given.facts, on=given.on, policy=policy), number


def _examined(ctx: click.Context, reference: str, lane: LaneKind) -> tuple[Check, int]:
    from portal.blueprints.accounts import queries as account_queries
    from portal.blueprints.sponsorship import actions, queries
    from portal.core import access, clock
    from portal.core.db import db
    from portal.core.errors import NotFound

    by, now = access.operator("portal sponsorship check"), clock.now()
    with make_app(ctx).app_context():
        try:
            account = account_queries.get(by, reference.strip().upper(), now=now)
        except NotFound as error:
            raise Failed(f"There is no account {reference}.") from error
        found = actions.examined(account, lane, now=now)
        number = queries.policy_in_force()[1]
        db.session.rollback()
    return found, number


def _words(found: Check, number: int) -> str:
    answer = "eligible" if found.eligible else "not eligible"
    lines = [
        f"{found.lane.value}: {answer} under version {number} of the policy; "
        f"score {found.score.value:f} of a possible {found.score.possible:f}."
    ]
    for one in found.criteria:
        limit = f" (asked: {one.threshold})" if one.threshold else ""
        lines.append(f"  {one.key}: {one.verdict}{limit}. {one.evidence}")
        if one.needed:
            lines.append(f"    {one.needed}")
    for one in found.leaving:
        asked = f"{one.verdict} (asked: {one.threshold})"
        lines.append(f"  leaving, {one.key}: {asked}. {one.evidence}")
    return "\n".join(lines)
