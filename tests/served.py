"""A WSGI application that really serves, from a thread of the tests."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import run_wsgi_app


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing about requests."""


@contextmanager
def served(application: Callable[..., Any]) -> Iterator[str]:
    """Serve it on a free port of this machine; gives its address."""

    def whole(environ: Any, start: Any) -> list[bytes]:
        # The server does not close an answer whose reader went away meanwhile: a file stays open.
        body, status, headers = run_wsgi_app(application, environ, buffered=True)
        start(status, list(headers))
        return list(body)

    server = make_server("127.0.0.1", 0, whole, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
