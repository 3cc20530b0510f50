"""What is kept of jobs: who runs them, what is done, what failed."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, document, words


class JobWorker(Base):
    """A process that runs jobs, and when it was last heard of."""

    __tablename__ = "job_worker"

    executor_id: Mapped[str] = words(80, holds=None, primary_key=True)
    seen_at: Mapped[datetime]


class JobDone(Base):
    """A job whose effect is in the database: written in the transaction of that effect."""

    __tablename__ = "job_done"

    key: Mapped[str] = words(160, holds=None, primary_key=True)
    name: Mapped[str] = words(80, holds=None)
    done_at: Mapped[datetime] = mapped_column(index=True)


class JobFailure(Base):
    """A try that failed, for the page that shows what waits and why."""

    __tablename__ = "job_failure"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = words(160, holds=None, index=True)
    name: Mapped[str] = words(80, holds=None)
    payload: Mapped[dict[str, Any]] = document(holds=None)
    error: Mapped[str] = words(200, holds=None)
    tries: Mapped[int]
    failed_at: Mapped[datetime]
    next_try_at: Mapped[datetime | None]
