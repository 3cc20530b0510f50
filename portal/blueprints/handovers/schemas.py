"""Shapes of hand-overs, for programs."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from portal.core.api import Shape, When, Words

from .models import Belonging

Person = Annotated[str, Words(254)]


class OwnedOut(Shape):
    """What somebody owns of one kind; what is restricted is counted, never named. `settled_by` says
    who settles what is not handed over here.
    """

    kind: str
    count: int
    restricted: int
    first: list[str]
    settled_by: str | None


class OwnedList(Shape):
    """All that somebody owns."""

    person: str
    items: list[OwnedOut]


class OwnedAsked(Shape):
    """Whose: the address they sign in with."""

    person: Person


class Heir(Shape):
    """Who takes over what is of one kind."""

    kind: Literal[tuple(one.value for one in Belonging)]  # type: ignore[valid-type]
    to: Person


class HandoverIn(Shape):
    """Everything of a person goes to others, kind by kind, at once or from an instant on."""

    person: Person
    heirs: Annotated[list[Heir], Field(max_length=20)]
    summary: Annotated[str, Words(2000)]
    begins_at: When | None = None
    ends_access: bool = False


class ProgressOut(Shape):
    """How far a hand-over got with one kind; `stays` says why some of it stays."""

    kind: str
    to: str
    handed: int
    refused: int
    stays: list[str]


class HandoverOut(Shape):
    """A hand-over and how far it got."""

    id: int
    person: str
    state: str
    begins_at: datetime
    done_at: datetime | None
    ends_access: bool
    heirs: list[ProgressOut]


class LeftOut(Shape):
    """Somebody who does not work here any more and still owns something."""

    person: str
    count: int


class LeftList(Shape):
    """Who left and still owns something, the most first."""

    items: list[LeftOut]
