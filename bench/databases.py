"""Empty databases for a measure, each in a folder that goes with it."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from tests import postgres


def databases(only: str) -> Iterator[tuple[str, Path]]:
    """Give an empty database of each kind, one after the other."""
    for (one,) in sets_of_databases(only, 1):
        yield one


def sets_of_databases(only: str, count: int) -> Iterator[list[tuple[str, Path]]]:
    """Give `count` empty databases of each kind, each with a folder, one kind after the other."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folders = [Path(name) / str(n) for n in range(count)]
        for folder in folders:
            folder.mkdir()
        if only in {"", "sqlite"}:
            yield [(f"sqlite:///{folder / 'bench.db'}", folder) for folder in folders]
        if only in {"", "postgresql"}:
            with ExitStack() as stack:
                server = stack.enter_context(postgres.server(durable=True))
                if server is None:
                    raise SystemExit("No PostgreSQL is to be had on this machine.")
                made = [stack.enter_context(postgres.database(server)) for _folder in folders]
                yield list(zip(made, folders, strict=True))
