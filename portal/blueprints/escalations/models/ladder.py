"""When the ladder of notice goes on with a case."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base


class NextNotice(Base):
    """When the ladder of notice next has somebody to tell of a case; no moment while nobody is to
    be told. It does not stand on the case: a pass of the scheduler writes thousands at once, and
    each would move all the indexes of its case.
    """

    __tablename__ = "ladder_next"
    __table_args__ = (sa.Index("ix_ladder_next_at", "at"),)

    id: Mapped[int] = mapped_column(
        sa.ForeignKey("escalation.id"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime | None]
