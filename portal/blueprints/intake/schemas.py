"""Shapes of mail that waits, for programs."""

from datetime import datetime
from typing import Annotated, Literal

from portal.core.api import Paging, Shape, Words


class MailsAsked(Paging):
    """Which mails: those that wait, or those put aside."""

    state: Literal["waiting", "put_aside"] = "waiting"


class MailOut(Shape):
    """A mail that belongs to no case yet."""

    id: int
    sender: str
    subject: str
    state: str
    why: str
    files: int
    arrived_at: datetime


class MailText(MailOut):
    """The same with its words: what is new in it."""

    text: str


class MailList(Shape):
    """A page of mails."""

    items: list[MailOut]
    after: str | None


class AssignIn(Shape):
    """The case a mail belongs to."""

    case: Annotated[str, Words(24)]


class AsideIn(Shape):
    """Why a mail belongs to no case."""

    reason: Annotated[str, Words(400)]


class Assigned(Shape):
    """Where a mail is now."""

    id: int
    state: str
    case: str | None
