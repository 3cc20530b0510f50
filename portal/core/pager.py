"""The paging channel: what wakes somebody at night, through an SMS gateway or an on-call service
that the operator names in `PORTAL_PAGING_URL`.
"""

import json
from urllib.parse import quote

from flask import Flask, current_app

from portal.core import outbound

PLACES = ("{number}", "{text}")


class Unpaged(Exception):  # noqa: N818 - an answer of the gateway, not a mistake of ours
    """The gateway did not take a page; `error` says why, `code` is its answer if it gave one."""

    def __init__(self, error: str, code: int | None = None) -> None:
        super().__init__(error)
        self.error, self.code = f"{error} {code or ''}".strip(), code


def init_app(app: Flask, *, url: str | None, token: str | None) -> None:
    """Let the application page people: an address with `{number}` and `{text}` is called as it is
    written (an SMS gateway), any other is sent a document (an on-call service).
    """
    app.extensions["portal_pager"] = (url or "", token or "")


def is_set() -> bool:
    """Say whether a paging channel is set up."""
    return bool(current_app.extensions["portal_pager"][0])


def page(number: str, text: str, *, key: str) -> None:
    """Page a number with a short text; `key` is the same however often one page is tried, so that a
    service can tell. `Unpaged` when the gateway says no or is not there.
    """
    url, token = current_app.extensions["portal_pager"]
    headers = {"User-Agent": "Parley", "Idempotency-Key": key}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        if any(place in url for place in PLACES):
            filled = url.replace("{number}", quote(number, safe=""))
            filled = filled.replace("{text}", quote(text, safe=""))
            status = outbound.send(filled, method="GET", headers=headers, public_only=False)
        else:
            headers["Content-Type"] = "application/json"
            body = json.dumps({"key": key, "to": number, "text": text}).encode()
            status = outbound.send(url, body=body, headers=headers, public_only=False)
    except outbound.Unreachable as error:
        raise Unpaged(str(error)) from error
    if not 200 <= status < 300:
        raise Unpaged("HTTP", status)
