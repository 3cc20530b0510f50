"""`portal demo --no-serve`, as somebody types it."""

import json
import os
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.journeys.live import PORTAL

pytestmark = [pytest.mark.slow, pytest.mark.longest, pytest.mark.timeout(600)]
# Slow: three years of a company happen, action by action.


LATE = {
    "promise": "state = 'open' and due_at < datetime('now', '-{days} days')",
    "postmortem": "state in ('due', 'draft') and draft_due_on < date('now', '-{days} days')",
    "action": "state = 'open' and due_on < date('now', '-{days} days')",
    "escalation": "state in ('declared', 'accepted', 'stabilising', 'awaiting_customer')"
    " and next_due_at < datetime('now', '-{days} days')",
    "touchpoint": "state = 'planned' and planned_on < date('now', '-{days} days')"
    " and sponsorship_id in (select id from sponsorship where state = 'active')",
    "nomination": "state = 'sent' and sent_at < datetime('now', '-{days} days')",
    "concession": "state = 'requested' and updated_at < datetime('now', '-{days} days')",
}


def run(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    known = {k: v for k, v in os.environ.items() if not k.startswith(("PORTAL_", "DATABASE_"))}
    known |= {"DATABASE_URL": f"sqlite:///{folder / 'demo.db'}", "PORTAL_LOG_LEVEL": "ERROR"}
    known |= {"PORTAL_INSTANCE": str(folder / "instance")}
    return subprocess.run(
        [PORTAL, *words], env=known, cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_demo_company_is_there_whole_and_only_once(tmp_path: Path) -> None:
    first = run(tmp_path, "demo", "--no-serve")
    assert first.returncode == 0, first.stderr
    assert "ended early" not in first.stderr
    for role in ("csm", "csm2", "finance2", "executive", "leadership", "admin"):
        assert f"{role}@demo.example" in first.stdout
    with sqlite3.connect(tmp_path / "demo.db") as database:

        def count(table: str, where: str = "1=1") -> int:
            return int(
                database.execute(f"select count(*) from {table} where {where}").fetchone()[0]
            )

        def states(table: str) -> set[str]:
            return {row[0] for row in database.execute(f"select distinct state from {table}")}

        assert count("account") >= 200
        assert count("account", "reference = 'ACC-00001' and name = 'Forges de Valmeyrac'") == 1
        assert count("escalation") >= 120
        assert states("escalation") >= {
            "draft",
            "accepted",
            "stabilising",
            "awaiting_customer",
            "closed",
            "declined",
            "merged",
            "void",
        }
        assert states("concession") >= {"draft", "requested", "approved", "offered", "delivered"}
        assert states("sponsorship") == {"active", "ended"}
        assert states("postmortem") >= {"due", "draft", "approved", "published"}
        assert count("briefing", "state = 'issued' and pdf_digest is not null") >= 1
        assert count("duty") >= 3 * 4 * 91  # three teams, four quarters, a shift each day
        assert count("briefing", "kind = 'escalation' and state = 'issued'") >= 2
        assert count("legal_entity") >= 2
        assert count("contract", "legal_entity_id is null") == 0
        assert count("organisation", "jurisdictions like '%FR%'") == 1
        # Each region's budget of a quarter was drawn by what was granted, and by nothing else.
        assert count("budget", "drawn_minor > 0") >= 2
        drawn = "(select sum(drawn_minor) from concession where drawn_from_id = budget.id)"
        assert count("budget", f"drawn_minor <> coalesce({drawn}, 0)") == 0
        assert count("job_failure") == 0
        assert count("policy") == count("policy", "number = 1"), "the limits are the defaults"
        # What is late is late by days, and there is little of it.
        for table, where in LATE.items():
            assert count(table, where.format(days=0)) <= 12, table
            assert count(table, where.format(days=21)) == 0, table
        before = count("event")
        second = run(tmp_path, "demo", "--no-serve")
        assert (second.returncode, second.stdout) == (0, first.stdout)
        assert count("event") == before
    verified = run(tmp_path, "audit", "verify", "--json")
    assert json.loads(verified.stdout)["whole"] is True
