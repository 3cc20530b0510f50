"""What people keep beside the cases themselves: views of the list, bulk changes, open forms."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import personal
from portal.core.db import Base, choice, document, words


class SavedView(Base):
    """A list of cases that somebody named to find it again; a team may share it."""

    __tablename__ = "saved_view"
    __table_args__ = (sa.UniqueConstraint("person_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"))
    team_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("team.id", ondelete="SET NULL"), index=True
    )
    name: Mapped[str] = words(60, holds=personal.EMPLOYEE)
    query: Mapped[dict[str, Any]] = document(holds=personal.EMPLOYEE)
    made_at: Mapped[datetime]


class BulkKind(StrEnum):
    """What can be done to many cases at once."""

    ASSIGN = "assign"
    TEAM = "team"
    TAG = "tag"
    TREND = "trend"


class BulkChange(Base):
    """A change of many cases at once, with what stood there before: undone within a minute."""

    __tablename__ = "bulk_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), index=True)
    kind: Mapped[BulkKind] = choice(BulkKind)
    before: Mapped[dict[str, Any]] = document(holds=None)
    after: Mapped[dict[str, Any]] = document(holds=None)
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class Presence(Base):
    """Somebody who has a form of a case open; over when the browser has not said so for a while."""

    __tablename__ = "presence"
    __table_args__ = (sa.UniqueConstraint("escalation_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    escalation_id: Mapped[int] = mapped_column(sa.ForeignKey("escalation.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"))
    what: Mapped[str] = words(20, holds=None, default="")
    seen_at: Mapped[datetime]


class Watcher(Base):
    """Somebody who asked to hear of the turns that a case takes, without a part in it."""

    __tablename__ = "watcher"
    __table_args__ = (sa.UniqueConstraint("escalation_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    escalation_id: Mapped[int] = mapped_column(sa.ForeignKey("escalation.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), index=True)
    since: Mapped[datetime]
