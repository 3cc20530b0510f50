"""Work that comes after the commit: queued in the transaction of the change, done at least once,
its effect once.

The engine is DBOS on the application's own database; nothing else in the code base names it.
"""

from .engine import (
    Job,
    Registry,
    Schedule,
    add,
    drain,
    enqueue,
    enqueue_again,
    every,
    init_app,
    launch,
    migrate,
    registry,
    run,
    stop,
)
from .tables import JobDone, JobFailure, JobWorker
from .watching import (
    Beat,
    Health,
    Waiting,
    failures,
    health,
    purge,
    purge_engine,
    replay,
    waiting,
)

__all__ = [
    "Beat",
    "Health",
    "Job",
    "JobDone",
    "JobFailure",
    "JobWorker",
    "Registry",
    "Schedule",
    "Waiting",
    "add",
    "drain",
    "enqueue",
    "enqueue_again",
    "every",
    "failures",
    "health",
    "init_app",
    "launch",
    "migrate",
    "purge",
    "purge_engine",
    "registry",
    "replay",
    "run",
    "stop",
    "waiting",
]
