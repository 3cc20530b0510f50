"""The floor: a Flask application without extensions that does the least.

Each view runs the statement that a page of ours cannot do without, over the same columns, and
writes one Jinja table: no sign-in, no permissions, no audit, no layout, no language.
"""

from typing import Any

import sqlalchemy as sa
from flask import Flask, redirect, request

from portal.core.db import Base

ROWS = 50
TABLE = """<!doctype html><html lang="en"><title>Floor</title><table>
<thead><tr>{% for name in names %}<th>{{ name }}</th>{% endfor %}</tr></thead><tbody>
{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table></html>"""
CASE = """<!doctype html><html lang="en"><title>{{ case.reference }}</title>
<h1>{{ case.title }}</h1><dl>
{% for name, value in case._mapping.items() %}<dt>{{ name }}<dd>{{ value }}{% endfor %}</dl>
<table>{% for row in entries %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</table></html>"""

ACCOUNTS = """select a.id, a.reference, a.name, a.name_key, a.natural_person, a.segment, a.country,
 a.lifecycle, a.renewal_on, a.notice_days, a.owner_id, u.name as owner, a.value_tier, a.arr_minor,
 a.arr_sort, a.currency, a.risk_band, a.risk_score, a.open_cases, a.worst_severity
 from account a left join "user" u on u.id = a.owner_id
 {where} order by a.name_key, a.id limit :limit"""
CASES = """select e.id, e.reference, e.title, e.state, e.severity, e.trend, e.trigger, e.level,
 e.opened_at, e.closed_at, e.next_due_at, e.next_due_kind, e.stake_minor, e.currency, e.restricted,
 e.legal_mode, a.reference as account_ref, a.name as account, u.name as owner, t.name as team
 from escalation e join account a on a.id = e.account_id
 left join "user" u on u.id = e.owner_id left join team t on t.id = e.team_id
 {where} order by e.opened_at desc, e.id desc limit :limit"""
ONE_CASE = """select e.*, a.name as account, u.name as owner from escalation e
 join account a on a.id = e.account_id left join "user" u on u.id = e.owner_id
 where e.reference = :reference"""
ENTRIES = """select event_at, lane, kind, author_name, text from timeline_entry
 where case_ref = :reference order by event_at desc, id desc limit :limit"""
OPEN = "e.state in ('declared', 'accepted', 'stabilising', 'awaiting_customer')"


def make(url: str, *, case: dict[str, Any]) -> Flask:
    """Give the application on the database at `url`; `case` is the row that creating inserts."""
    app = Flask("floor")
    engine = _engine(url)
    list_page, case_page = app.jinja_env.from_string(TABLE), app.jinja_env.from_string(CASE)

    def table(sql: str, where: str = "", **values: Any) -> str:
        with engine.connect() as connection:
            found = connection.execute(
                sa.text(sql.format(where=where and f"where {where}")), {"limit": ROWS, **values}
            )
            return list_page.render(names=list(found.keys()), rows=found.all())

    @app.get("/accounts")
    def accounts() -> str:
        return table(ACCOUNTS)

    @app.get("/accounts/after")
    def accounts_after() -> str:
        given = {"name": request.args["name"], "id": int(request.args["id"])}
        return table(ACCOUNTS, "(a.name_key, a.id) > (:name, :id)", **given)

    @app.get("/cases")
    def cases() -> str:
        return table(CASES, OPEN)

    @app.get("/cases/after")
    def cases_after() -> str:
        given = {"at": request.args["at"], "id": int(request.args["id"])}
        return table(CASES, "(e.opened_at, e.id) < (:at, :id)", **given)

    @app.get("/cases/<reference>")
    def show(reference: str) -> str:
        with engine.connect() as connection:
            found = connection.execute(sa.text(ONE_CASE), {"reference": reference}).one()
            entries = connection.execute(
                sa.text(ENTRIES), {"reference": reference, "limit": ROWS}
            ).all()
        return case_page.render(case=found, entries=entries)

    @app.post("/cases")
    def create() -> Any:
        row = {
            **case,
            "reference": request.form["reference"],
            "register_number": int(request.form["number"]),
            "customer_words": request.form["words"],
            "demand": request.form["demand"],
        }
        with engine.begin() as connection:
            connection.execute(sa.insert(Base.metadata.tables["escalation"]), row)
        return redirect(f"/cases/{row['reference']}", 303)

    return app


def _engine(url: str) -> sa.Engine:
    """Give an engine that writes to the disk with the same care as ours."""
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":

        @sa.event.listens_for(engine, "connect")
        def connect(connection: Any, _record: Any) -> None:
            connection.execute("pragma journal_mode=wal")
            connection.execute("pragma synchronous=full")
            connection.execute("pragma foreign_keys=on")

    return engine
