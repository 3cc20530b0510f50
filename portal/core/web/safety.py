"""What a browser may load on our pages: nothing that the page does not need."""

from collections.abc import Callable
from typing import Any, TypeVar

V = TypeVar("V", bound=Callable[..., Any])

POLICY = {
    "default-src": "'none'",
    "script-src": "",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
"""The content security policy; each answer puts its nonce into `script-src`."""


def installable(view: V) -> V:
    """Let a page be put on a device: it alone may name a manifest and start a worker of ours."""
    policy = {**POLICY, "manifest-src": "'self'", "worker-src": "'self'"}
    view.talisman_view_options = {"content_security_policy": policy}  # type: ignore[attr-defined]
    return view
