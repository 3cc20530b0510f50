"""`portal serve` behind a proxy that ends TLS, and without one."""

import http.client
from threading import Thread
from time import sleep

import pytest

from portal.app import create_app
from portal.cli.running import server_of
from portal.config import Settings
from tests.conftest import SECRET

SECURE = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "parley.example.com"}


def asked(port, path, headers):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    line.request("GET", path, headers=headers)
    answer = line.getresponse()
    found = answer.status, answer.headers
    answer.read()
    line.close()
    return found


@pytest.mark.parametrize("hops", [1, 0])
def test_a_proxy_is_believed_where_it_is_told_of_and_probes_need_none(hops, tmp_path):
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'empty.db'}",
        secret_key=SECRET,
        base_url="https://parley.example.com",
        trusted_proxies=hops,
        log_level="ERROR",
        instance=tmp_path,
        cache=tmp_path / "cache",
    )
    server = server_of(create_app(settings), host="127.0.0.1", port=0, threads=1)
    running = Thread(target=server.run)
    running.start()
    port = server.effective_port
    found, headers = asked(port, "/static/dist/", SECURE)
    assert found == (404 if hops else 302)
    assert ("Strict-Transport-Security" in headers) is bool(hops)
    found, headers = asked(port, "/static/dist/", {})
    assert (found, headers["Location"][:8]) == (302, "https://")
    for probe in ("/healthz", "/readyz", "/metrics"):
        assert asked(port, probe, {})[0] == 200
    while server.active_channels:
        sleep(0.01)
    server.trigger.pull_trigger(server._map.clear)  # its loop ends where it listens to nothing
    running.join()
    server.task_dispatcher.shutdown()
    server.close()
