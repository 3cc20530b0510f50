"""What keeps the house in order, read from the source and from the running application."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.core.db import Base, db

ROOT = Path(__file__).resolve().parent.parent
PORTAL = ROOT / "portal"
DOORS = {"views", "api", "jobs", "cli", "app"}

MAY_COMMIT = {
    # Each with a transaction of its own, for a reason its docstring gives.
    "app/__init__.py": "the door of the sign-in library's reset",
    "core/web/__init__.py": "the helpers of the doors",
    "core/web/doors.py": "the helpers of the doors",
    "core/db/transactions.py": "a reading transaction ends so, see `_keep_prepared`",
    "core/api.py": "the helpers of the doors",
    "core/jobs/engine.py": "the engine behind the door of jobs",
    "core/jobs/watching.py": "the engine behind the door of jobs",
    "blueprints/auth/actions/entering.py": "the sign-in library commits through its store",
}
WRITES_WITHOUT_EVENT = {
    "escalations.arm_promises",
    "escalations.forget_promise",  # beside the event of what settled it
    "escalations.arm",  # beside the event of what opened the case again
    # What is nobody else's business, or part of an action that records its own event.
    "auth.ensure_roles",
    "concessions.book",  # beside the event of what moved
    "auth.ensure_organisation",
    "auth.note_use",  # of a token: that it was used, not what it did
    "auth.set_taste",
    "auth.may_try",
    "auth.purge_tries",
    "escalations.be_present",
    "escalations.leave",
    "escalations.forget_presence",
    "notifications.notify",
    "notifications.put",
    "notifications.page_person",
    "notifications.write_to_contact",
    "notifications.queue_try",
    "notifications.queue_reset",
    "notifications.claim",
    "notifications.give_back",
    "notifications.mark_read",
    "notifications.mark_all_read",
    # An import is one event, however many batches it is written in.
    "accounts.keep_checked",
    "accounts.undo_batches",
    "accounts.update_many",
    "accounts.restate",  # beside the event of what was signed or merged
    "accounts.advance",
    "accounts.forget_stage",
    "accounts.existing",
    "accounts.spent",
    "accounts.write_batches",
    "accounts.place",
    # Nor is how far the collecting of a book is.
    "briefings.keep_done",
    # A rehearsal is no act of anybody.
    "policies.keep_load",
    "policies.keep_progress",
    # What a case's actions share.
    "escalations.keep_notice",
    "escalations.tick",
    "escalations.settle",
    "escalations.count_open",
    "escalations.admit_doer",
    "escalations.fill",
    "escalations.note_mailed",  # follows the event that a message left
    "escalations.relate",
    "escalations.asked",
    "escalations.keep",
    "escalations.show_due",
    "escalations.take_name_off",
    "escalations.take_tasks_back",
    "policies.decide",
    # What a decision on compensation, and a post-mortem's actions, share.
    "concessions.draw",
    "concessions.give_back",
    "postmortems.add_entry",
    # What somebody typed and did not keep is theirs alone, and no deed.
    "postmortems.save_unsaved",
    "postmortems.forget_unsaved",
    "postmortems.forget_all_unsaved",
    "postmortems.forget_old_unsaved",
    # They lock rows and write nothing.
    "sponsorship.lock",
    "sponsorship.one_at_a_time",
    # Messages made of the log are no event, nor is forgetting them.
    "webhooks.collect",
    "webhooks.forget",
    "statements.note_read",
}
WRITING = {"add", "add_all", "delete", "insert_once", "execute", "merge"}


def sources():
    return sorted(path for path in PORTAL.rglob("*.py") if "__pycache__" not in path.parts)


def door_of(path):
    """Give the name of a room's file, also where it has become a folder."""
    parts = path.relative_to(PORTAL).with_suffix("").parts
    return parts[2] if parts[0] == "blueprints" and len(parts) > 2 else parts[-1]


def calls(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node


def test_only_doors_commit():
    found = []
    for path in sources():
        name = str(path.relative_to(PORTAL))
        if door_of(path) in DOORS or name in MAY_COMMIT or name.startswith(("demo", "cli/")):
            continue
        for call in calls(ast.parse(path.read_text())):
            if isinstance(call.func, ast.Attribute) and call.func.attr == "commit":
                found.append(f"{name}:{call.lineno}")
    assert not found


def test_every_route_says_who_may_enter(app):
    silent = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        and not rule.endpoint.startswith("security.")
        and not hasattr(app.view_functions[rule.endpoint], "permission")
    }
    assert not silent


def test_changes_are_never_made_by_get(app):
    """A route whose name is a verb of change takes no GET alone."""
    wrong = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if re.search(
            r"\.(delete|remove|revoke|close|approve|withdraw|replay|verify_log)$", rule.endpoint
        )
        and rule.methods == {"GET", "HEAD", "OPTIONS"}
    ]
    assert not wrong


@pytest.mark.parametrize(
    "word", [r"\|\s*safe\b", r"\bdb\.", r"\.query\b", r"\bstyle=", r"\bon\w+="]
)
def test_templates_neither_query_nor_trust_nor_style(word):
    found = []
    for path in sorted((PORTAL / "templates").rglob("*.html")):
        in_page = "reports" not in path.parts and "email" not in path.parts
        if not in_page and word in {r"\bstyle=", r"\bon\w+="}:
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if re.search(word, line):
                found.append(f"{path.relative_to(PORTAL)}:{number}: {line.strip()[:80]}")
    assert not found


OF_OUR_OWN = ("core/i18n", "core/web/drawing", "reports/")


def test_nobody_makes_markup_of_peoples_words():
    found = []
    for path in sources():
        name = str(path.relative_to(PORTAL))
        for call in calls(ast.parse(path.read_text())):
            called = (
                call.func.attr
                if isinstance(call.func, ast.Attribute)
                else getattr(call.func, "id", "")
            )
            if called == "Markup" and not name.startswith(OF_OUR_OWN):
                found.append(f"{name}:{call.lineno}")
    assert not found


def actions():
    for path in sources():
        parts = path.relative_to(PORTAL).parts
        if parts[0] != "blueprints" or door_of(path) != "actions":
            continue
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield pytest.param(path, node, id=f"{parts[1]}.{node.name}")


def called_names(node):
    for call in calls(node):
        if isinstance(call.func, ast.Attribute):
            yield call.func.attr
        elif isinstance(call.func, ast.Name):
            yield call.func.id


def writes(node):
    """Say whether a function changes rows: by the session, or by setting what it was given."""
    if WRITING & set(called_names(node)):
        return True
    given = {arg.arg for arg in node.args.args[:1]}
    return any(
        isinstance(target, ast.Attribute) and getattr(target.value, "id", None) in given
        for statement in ast.walk(node)
        if isinstance(statement, ast.Assign)
        for target in statement.targets
    )


@pytest.mark.parametrize(("path", "node"), list(actions()))
def test_every_action_that_writes_records_an_event(path, node):
    room = path.relative_to(PORTAL).parts[1]
    if f"{room}.{node.name}" in WRITES_WITHOUT_EVENT or not writes(node):
        pytest.skip("it writes nothing, or nothing that the log is for")
    reached: set[str] = set()
    todo, bodies = [node.name], functions(room)
    while todo:
        name = todo.pop()
        if name in bodies and name not in reached:
            reached.add(name)
            todo += called_names(bodies[name])
    recorded = any("record" in set(called_names(bodies[name])) for name in reached)
    assert recorded, f"{room}.{node.name} records no event"


@cache
def functions(room):
    """Give the functions of a room's actions by name, its own helpers included."""
    return {
        node.name: node
        for path in sources()
        if path.relative_to(PORTAL).parts[:2] == ("blueprints", room) and door_of(path) == "actions"
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef)
    }


def columns():
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, sa.String | sa.Text | sa.JSON) and not isinstance(
                column.type, sa.Enum
            ):
                yield pytest.param(column, id=f"{table.name}.{column.name}")


LIBRARY_TABLES = {"user", "role", "webauthn", "fs_refresh", "roles_users"}


def test_every_column_of_words_says_whose_they_are(app):
    silent = [
        f"{column.table.name}.{column.name}"
        for (column,) in (p.values for p in columns())
        if "personal" not in column.info and column.table.name not in LIBRARY_TABLES
    ]
    assert not silent


def test_relations_load_nothing_by_themselves(app):
    """What the sign-in library reads by itself, and what belongs to every request, are named."""
    allowed = {"User.webauthn", "User.refresh_trackers", "User.memberships"}
    lazy = [
        f"{mapper.class_.__name__}.{relation.key}"
        for mapper in db.Model.registry.mappers
        for relation in mapper.relationships
        if relation.lazy not in {"raise_on_sql", "raise", "noload"}
    ]
    assert {one for one in lazy if not one.startswith("WebAuthn.")} <= allowed | {
        one for one in lazy if one.startswith("FsRefreshTracker.")
    }


def test_times_know_their_zone(app):
    naive = [
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        if table.name not in LIBRARY_TABLES
        for column in table.columns
        if isinstance(column.type, sa.DateTime)
    ]
    assert not naive


def test_money_is_never_a_float(app):
    floats = [
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, sa.Float) or type(column.type) is sa.Numeric
    ]
    assert not floats
