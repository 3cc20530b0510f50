"""The command for teams: who leads them, and who is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .base import make_app, portal, say

if TYPE_CHECKING:
    from portal.blueprints.auth.models import Team


@portal.group()
def team() -> None:
    """Teams that share cases and duty."""


def _person(address: str) -> int:
    from portal.blueprints.auth import queries
    from portal.core.errors import Refused

    found = queries.by_email(address)
    if found is None:
        raise Refused(f"There is no person {address}.")
    return found.id


def _team(name: str) -> Team:
    from portal.blueprints.auth import queries
    from portal.core.errors import Refused

    for found in queries.teams(retired=True):
        if found.name.casefold() == " ".join(name.split()).casefold():
            return found
    raise Refused(f"There is no team “{name}”. Those there are: portal team list")


@team.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def team_list(ctx: click.Context, as_json: bool) -> None:
    """List the teams with their leads and people."""
    from portal.blueprints.teams import queries

    with make_app(ctx).app_context():
        found = queries.lines()
        teams = [
            {
                "id": one.team.id,
                "name": one.team.name,
                "region": one.team.region,
                "lead": one.lead_address,
                "members": [person.email for person in one.members],
                "retired_at": one.team.retired_at and one.team.retired_at.isoformat(),
                "successor": one.team.successor_id,
            }
            for one in found
        ]
        lines = [
            f"{one.team.name}{' (retired)' if one.team.retired_at else ''}:"
            f" led by {one.lead_address or 'nobody'};"
            f" {', '.join(person.email for person in one.members) or 'nobody'}"
            for one in found
        ]
    say({"teams": teams}, "\n".join(lines) or "There is no team yet.", as_json=as_json)


@team.command("add")
@click.argument("name")
@click.option("--region", default="")
@click.option("--lead", metavar="EMAIL", help="Who plans the duty.")
@click.option("--member", "members", metavar="EMAIL", multiple=True, help="Can be repeated.")
@click.pass_context
def team_add(
    ctx: click.Context, name: str, region: str, lead: str | None, members: tuple[str, ...]
) -> None:
    """Make a team."""
    from portal.blueprints.auth import actions
    from portal.core import access, clock
    from portal.core.db import db

    with make_app(ctx).app_context():
        made = actions.add_team(
            name=name,
            region=region,
            lead_id=None if lead is None else _person(lead),
            members=[_person(one) for one in members],
            by=access.operator("portal team add"),
            now=clock.now(),
        )
        db.session.commit()
        click.echo(f"There is a team “{made.name}”.")


@team.command("member")
@click.argument("name")
@click.option("--add", "added", metavar="EMAIL", multiple=True, help="Can be repeated.")
@click.option("--take", "taken", metavar="EMAIL", multiple=True, help="Can be repeated.")
@click.pass_context
def team_member(
    ctx: click.Context, name: str, added: tuple[str, ...], taken: tuple[str, ...]
) -> None:
    """Put people into a team, or take them out: all of them, or none."""
    from portal.blueprints.auth import actions
    from portal.blueprints.teams import queries
    from portal.core import access, clock
    from portal.core.db import db

    with make_app(ctx).app_context():
        by, now = access.operator("portal team member"), clock.now()
        row = _team(name)
        new = actions.add_to_team(row, [_person(one) for one in added], by=by, now=now)
        for address in dict.fromkeys(taken):
            actions.take_from_team(row, _person(address), by=by, now=now)
        db.session.commit()
        click.echo(f"“{row.name}”: {len(new)} put in, {len(set(taken))} taken out.")
        for one in queries.line(row.id, now=now).outside:
            click.echo(f"{one.name} is not in it and has turns of duty for it: {one.turns}.")


@team.command("retire")
@click.argument("name")
@click.option("--successor", metavar="NAME", help="The team that takes its open cases.")
@click.option("--dry-run", is_flag=True, help="Only say what hangs on it.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def team_retire(
    ctx: click.Context, name: str, successor: str | None, dry_run: bool, as_json: bool
) -> None:
    """End a team that has a past; a worker then gives its open cases to its successor."""
    from portal.blueprints.teams import actions, queries
    from portal.core import access, clock
    from portal.core.db import db

    with make_app(ctx).app_context():
        by, now = access.operator("portal team retire"), clock.now()
        row = _team(name)
        found = queries.hanging(row, now=now)
        if not dry_run:
            after = None if successor is None else _team(successor).id
            actions.retire(row, successor_id=after, by=by, now=now)
            db.session.commit()
        said = {
            "team": row.name,
            "retired": row.retired_at is not None,
            "successor": row.successor_id,
            "cases": found.cases,
            "past": found.past,
            "questions": found.questions,
            "rules": list(found.rules),
            "playbooks": list(found.playbooks),
            "turns": found.turns,
            "views": found.views,
            "stands_for": list(found.stands_for),
            "needs_successor": found.needs_successor,
        }
    lines = [
        f"“{said['team']}”: {found.cases} open cases, {found.past} that are over,"
        f" {found.questions} questions at set times, {found.turns} turns of duty to come,"
        f" {found.views} shared views.",
        f"Rules: {', '.join(found.rules) or 'none'}."
        f" Playbooks: {', '.join(found.playbooks) or 'none'}.",
        "Nothing is changed." if dry_run else "It is retired; a worker moves what is open.",
    ]
    if dry_run and found.needs_successor:
        lines.append("It needs a --successor.")
    say(said, "\n".join(lines), as_json=as_json)


@team.command("back")
@click.argument("name")
@click.pass_context
def team_back(ctx: click.Context, name: str) -> None:
    """Let a retired team take cases again."""
    from portal.blueprints.auth import actions
    from portal.core import access, clock
    from portal.core.db import db

    with make_app(ctx).app_context():
        row = _team(name)
        actions.bring_team_back(row, by=access.operator("portal team back"), now=clock.now())
        db.session.commit()
        click.echo(f"“{row.name}” takes cases again.")
