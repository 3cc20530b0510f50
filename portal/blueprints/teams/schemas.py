"""Shapes of teams, for programs."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from portal.core.api import Shape, Words

TeamName = Annotated[str, Words(80)]
Region = Annotated[str, Words(40, least=0)]
Address = Annotated[str, Words(254), Field(description="The address they sign in with.")]
Addresses = Annotated[list[Address], Field(max_length=500, default_factory=list)]


class TurnsLeft(Shape):
    """Somebody who is not in the team and has turns of duty for it, from when on, and how many."""

    person: str
    turns: int
    first: datetime


class CrewOut(Shape):
    """A team: its lead and its people, by the address they sign in with."""

    id: int
    name: str
    region: str
    lead: str | None
    members: list[str]
    retired_at: datetime | None = Field(description="Since when it takes nothing new.")
    successor: int | None = Field(description="The team that takes what was given to it.")


class CrewList(Shape):
    """All teams, by name."""

    items: list[CrewOut]


class CrewFound(CrewOut):
    """One team, and the turns of duty that people outside of it have."""

    outside: list[TurnsLeft]


class NewCrew(Shape):
    """A team to make."""

    name: TeamName
    region: Region = ""
    lead: Address | None = None
    members: Addresses


class CrewChange(Shape):
    """What changes about a team: what is not named stays; `lead` as null leaves it without one."""

    name: TeamName | None = None
    region: Region | None = None
    lead: Address | None = None
    add: Addresses
    take: Addresses


class CrewHanging(Shape):
    """What hangs on a team: open cases, cases that are over, questions at set times, rules and
    playbooks in force that give to it, turns of duty to come and how many people have them, views
    shared with it, and the retired teams it stands for.
    """

    cases: int
    past: int
    questions: int
    rules: list[str]
    playbooks: list[str]
    turns: int
    people: int
    views: int
    stands_for: list[str]
    needs_successor: bool


class CrewEnd(Shape):
    """Which team comes after one that is retired: its number, or null where it leaves nothing."""

    successor: int | None = None
