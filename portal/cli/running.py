"""Commands that set up, serve and fill an installation."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .base import Failed, make_app, portal
from .prepared import check_prepared, check_upgradable

if TYPE_CHECKING:
    from flask import Flask
    from waitress.server import BaseWSGIServer


def _upgrade(app: Flask) -> None:
    from flask_migrate import upgrade

    from portal.core import jobs
    from portal.core.db import db

    url = app.config["SQLALCHEMY_DATABASE_URI"]
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    check_upgradable(app)
    with app.app_context():
        upgrade()
        db.engine.dispose()
    jobs.migrate(app)


def _publish_defaults(app: Flask) -> list[str]:
    from portal.blueprints.auth import actions as auth
    from portal.blueprints.policies import actions as policies
    from portal.core import access, clock
    from portal.core.db import db

    with app.app_context():
        auth.ensure_roles()
        auth.ensure_organisation(name="Parley")
        published = policies.publish_defaults(by=access.operator("portal init"), now=clock.now())
        db.session.commit()
    return published


def _publish_new(app: Flask) -> list[str]:
    """Publish the policies that a new version of Parley brings; none before `portal init`."""
    from portal.blueprints.policies import actions as policies
    from portal.blueprints.policies import queries
    from portal.core import access, clock
    from portal.core.db import db

    with app.app_context():
        if not queries.all_published():
            return []
        by = access.operator("portal upgrade")
        published = policies.publish_defaults(by=by, now=clock.now())
        db.session.commit()
    return published


def say_first(app: Flask) -> bool:
    """Say where the first administrator of an empty installation begins; False where somebody is
    there already.
    """
    from portal.blueprints.auth import queries
    from portal.core import clock

    with app.app_context():
        if queries.anybody():
            return False
        key = queries.first_key(clock.now())
    click.echo("Nobody is here yet. Make the first administrator within a day at")
    click.echo(f"  {app.config['PORTAL'].base_url}/first-start?key={key}")
    return True


@portal.command()
@click.pass_context
def init(ctx: click.Context) -> None:
    """Bring the database to the newest migration and publish version 1 of each policy. Can be
    repeated.
    """
    app = make_app(ctx)
    _upgrade(app)
    published = _publish_defaults(app)
    click.echo(f"Database ready. Policies published: {', '.join(published) or 'none new'}.")
    if say_first(app):
        click.echo(
            "Or make them here: portal user add EMAIL --name NAME --role admin --password-stdin"
        )


@portal.command()
@click.pass_context
def upgrade(ctx: click.Context) -> None:
    """Bring the database to the newest migration, and publish version 1 of each policy that is
    new.
    """
    app = make_app(ctx)
    _upgrade(app)
    click.echo("Database is at the newest migration.")
    published = _publish_new(app)
    if published:
        click.echo(f"Policies that are new in this version: {', '.join(published)}.")


@portal.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--threads", default=8, show_default=True)
@click.pass_context
def serve(ctx: click.Context, host: str, port: int, threads: int) -> None:
    """Serve the portal; jobs run in this process unless PORTAL_JOBS=external."""
    share_memory()
    app = make_app(ctx, port=port)
    check_prepared(app)
    _serve(app, host=host, port=port, threads=threads)


def share_memory() -> None:
    """Let threads share two heaps: glibc gives each its own, 20 MB that nobody uses."""
    import ctypes

    m_arena_max = -8
    settle = getattr(ctypes.CDLL(None), "mallopt", None)
    if settle is not None:
        settle(m_arena_max, 2)


def settle() -> None:
    """Leave what lives as long as the process out of the search for garbage, and search less often:
    looking through it stops every request and every job.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20)


def _serve(app: Flask, *, host: str, port: int, threads: int) -> None:
    from portal.core import jobs

    try:
        server = server_of(app, host=host, port=port, threads=threads)
    except OSError as error:
        raise Failed(
            f"Nothing can be served at {host}:{port}: {error.strerror}. Choose with --host, --port."
        ) from error
    if app.config["PORTAL"].jobs == "embedded":
        jobs.launch(app)
    click.echo(f"Parley is at http://{host}:{port}", err=True)
    settle()
    server.run()


def server_of(app: Flask, *, host: str, port: int, threads: int) -> BaseWSGIServer:
    """Give the server of an application, bound to its port and not running yet."""
    import waitress

    from portal.core.web.shedding import Shedding

    shedding = Shedding(app, most=app.config["PORTAL"].most_waiting)
    server = waitress.create_server(
        shedding,
        host=host,
        port=port,
        threads=threads,
        ident=None,
        # Where no proxy is to be believed, nobody's word for one is; else ProxyFix reads them.
        clear_untrusted_proxy_headers=not app.config["PORTAL"].trusted_proxies,
    )
    waiting = server.task_dispatcher.queue
    shedding.waiting = lambda: len(waiting)
    return server


@portal.command()
@click.pass_context
def worker(ctx: click.Context) -> None:
    """Run jobs, beside any number of other workers on the same database."""
    import signal
    import threading

    from portal.core import jobs

    share_memory()
    ended = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    app = make_app(ctx)
    check_prepared(app)
    jobs.launch(app)
    click.echo("The worker waits for jobs.", err=True)
    settle()
    ended.wait()
    jobs.stop()


@portal.command()
@click.option("--no-serve", is_flag=True, help="Fill the database at DATABASE_URL and stop.")
@click.option("--port", default=8000, show_default=True)
@click.pass_context
def demo(ctx: click.Context, no_serve: bool, port: int) -> None:
    """Fill an empty database with the demo company and serve it."""
    from portal.config import from_environment, mark_demo

    mark_demo(from_environment(demo=True))
    building = make_app(ctx, demo=True, port=port, JOBS_INLINE=True)
    _upgrade(building)
    from portal.demo import company

    with building.app_context():
        made = company.build(progress=lambda text: click.echo(text, err=True))
    click.echo(made)
    if not no_serve:
        _serve(make_app(ctx, demo=True, port=port), host="127.0.0.1", port=port, threads=8)
