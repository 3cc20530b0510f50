"""Shapes of the people of a case, and of its files."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from portal.core.api import Shape, When, Words

from ..models import Stance
from .parts import Id, Line, Person

Part = Annotated[str, Words(120, least=0)]
Needs = Annotated[str, Words(300, least=0)]


class NamedPerson(Shape):
    """Somebody named on a case; whoever `stays` cannot be taken off it."""

    id: int
    name: str
    email: str
    stays: bool


class RestrictionOut(Shape):
    """Whether only named people see a case, and who stands to it by their own name."""

    restricted: bool
    people: list[NamedPerson]


class NewRestriction(Shape):
    """Who sees a case: only the `people` (beside its owner, its executive owner, who declared it,
    and the caller), or its team again.
    """

    restricted: bool
    people: Annotated[list[Person], Field(max_length=100, default_factory=list)]
    reason: Line


class ContactOut(Shape):
    """One of the customer's people."""

    id: int
    name: str
    title: str
    language: str
    writable: bool


class ContactList(Shape):
    """The customer's people, the most influential first."""

    items: list[ContactOut]


class ToldOut(Shape):
    """What somebody was told, by whom, and when."""

    text: str
    at: datetime
    by: str | None


class StakeholderOut(Shape):
    """Somebody who must hear something, and what they were told, oldest first."""

    id: int
    name: str
    side: str
    part: str
    stance: str
    needs: str
    heard_at: datetime | None
    told: list[ToldOut]


class StakeholderList(Shape):
    """The people who must hear something about a case."""

    items: list[StakeholderOut]


class NewStakeholder(Shape):
    """Who must hear something: one of the customer's people (`contact`), or of ours (`person`)."""

    contact: Id | None = None
    person: Person | None = None
    part: Part = ""
    stance: Stance = Stance.UNKNOWN
    needs: Needs = ""


class Judged(Shape):
    """Somebody's part, stance and need as they are now."""

    part: Part = ""
    stance: Stance
    needs: Needs = ""


class Told(Shape):
    """What somebody was told, and when if not now."""

    text: Annotated[str, Words(4_000)]
    at: When | None = None


class AttachmentAsked(Shape):
    """What a file is called, what it is, and who may read it (1 everybody who sees the case, 2
    those who read confidential things, 3 executives, leadership and legal).
    """

    name: Annotated[str, Words(200)]
    about: Annotated[str, Words(2_000, least=0)] = ""
    klass: Annotated[int, Field(ge=1, le=3)] = 1
    from_customer: bool = False


class AttachmentOut(Shape):
    """A file of a case, by the entry of the timeline that tells of it."""

    entry: int
    name: str
    size: int
    klass: int
    about: str
    at: datetime
    by: str


class AttachmentList(Shape):
    """The files of a case that the caller may read, newest first."""

    items: list[AttachmentOut]
    after: str | None


class Watching(Shape):
    """Whether one watches a case."""

    watching: bool


class WatchingOut(Watching):
    """Who watches a case, by name, and whether the asking person does."""

    people: list[str]
