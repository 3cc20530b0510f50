"""How gunicorn serves Parley: a few processes with threads, behind a proxy, jobs elsewhere."""

from __future__ import annotations

import gc
import os
from typing import Any

bind = os.environ.get("PORTAL_BIND", "0.0.0.0:8000")
worker_class = "gthread"
workers = int(os.environ.get("PORTAL_WEB_PROCESSES", "2"))
threads = int(os.environ.get("PORTAL_WEB_THREADS", "8"))
# The proxy closes idle connections first, so that none is closed as a request arrives.
keepalive = 75
timeout = 60
graceful_timeout = 30
# A process is replaced now and then: what a library leaks does not add up.
max_requests = 20_000
max_requests_jitter = 2_000
# Heartbeats of the processes belong into memory: on a slow disk they would stop serving.
worker_tmp_dir = "/dev/shm"
# The proxy writes who came; we write what failed.
accesslog = None
errorlog = "-"

# What a process loads lasts as long as it does: to look for garbage in it takes a quarter of its
# start, and later stops every request.
gc.disable()


def post_worker_init(worker: Any) -> None:
    """Begins to look for garbage; runs jobs in the web process where the settings say so."""
    from portal.cli.running import settle
    from portal.core import jobs

    app = worker.app.wsgi()
    if app.config["PORTAL"].jobs == "embedded":
        jobs.launch(app)
    settle()
    gc.enable()


def worker_exit(server: Any, worker: Any) -> None:
    """Lets jobs that run in this process end before it does."""
    from portal.core import jobs

    if worker.app.wsgi().config["PORTAL"].jobs == "embedded":
        jobs.stop()
