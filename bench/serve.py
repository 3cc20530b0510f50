"""One side of a measurement as a process of its own: `python -m bench.serve floor|ours URL`.

It prints the port it listens on; after a line on its input it prints, as JSON, its memory and which
of the libraries that belong in children it has loaded.
"""

import json
import sys
import threading
from pathlib import Path
from typing import Any

import waitress

from portal.cli.running import settle, share_memory

HEAVY = ("weasyprint", "numpy", "scipy", "sklearn", "vl_convert", "pikepdf")
THREADS = 4


def application(side: str, url: str, folder: Path) -> Any:
    """Give the WSGI application of a side."""
    if side == "floor":
        from bench import fill, floor

        return floor.make(url, case=fill.new_case())
    from bench import ours

    return ours.make(url, folder)


def resident() -> float:
    """Give this process's resident memory in megabytes."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def main(side: str, url: str, folder: Path) -> None:
    """Serve until the input ends."""
    share_memory()  # as `portal serve` does, with what follows
    server: Any = waitress.create_server(
        application(side, url, folder), host="127.0.0.1", port=0, threads=THREADS, ident=None
    )
    threading.Thread(target=server.run, daemon=True).start()
    settle()
    print(server.effective_port, flush=True)
    for _line in sys.stdin:
        loaded = [name for name in HEAVY if name in sys.modules]
        print(json.dumps({"megabytes": resident(), "loaded": loaded}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
