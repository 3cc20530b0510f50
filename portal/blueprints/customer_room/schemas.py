"""Shapes of the links into a customer's room, for programs."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from portal.core.api import Shape, Whole


class LinkIn(Shape):
    """Whom a room is opened to, for how long, and whether they are written its address."""

    contact: Annotated[int, Field(ge=0, le=2**31 - 1), Whole]
    days: Annotated[int, Field(ge=1, le=90), Whole] = 30
    send: bool = True


class LinkOut(Shape):
    """A link into a room; `address` only while it opens."""

    id: int
    contact: str
    expires_at: datetime
    revoked_at: datetime | None
    visits: int
    visited_at: datetime | None
    address: str | None


class LinkList(Shape):
    """The links into the room of a case, newest first."""

    items: list[LinkOut]
