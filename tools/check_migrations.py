"""Checks that the migrations lead to what the models say, on an empty SQLite database."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Upgrades to head and compares; 0 if equal, 1 with the differences if not."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/check.db"
        os.environ.setdefault("PORTAL_SECRET_KEY", os.urandom(32).hex())
        # The application reads its settings as it is made, so only now.
        from flask_migrate import check, upgrade

        from portal.app import create_app

        app = create_app()
        with app.app_context():
            upgrade(directory=str(ROOT / "migrations"))
            # Ends the process with 1 if a difference is found.
            check(directory=str(ROOT / "migrations"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
