"""A content security policy in every page: what a page may load and run, and nothing else.

A page loads what lies in its own folder, runs its own scripts, and asks nobody. Two kinds of page
may more: where code runs, WebAssembly in a worker; where Binder is offered, a connection to it and
to the computer that it lends, wherever that is.

Served pages can be given the same as a header, with ``frame-ancestors`` as their owner likes; pages
cannot say that themselves.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from sphinx.application import Sphinx

#: A script in the page itself; data are none.
INLINE = re.compile(r"<script(?![^>]*\b(?:src|type=\"application/))[^>]*>(.*?)</script>", re.DOTALL)
HEAD = re.compile(r"<head>\s*(<meta charset=\"utf-8\"\s*/>)?", re.IGNORECASE)
MARK = "Content-Security-Policy"
#: A computer that Binder lends can be anywhere; on one's own machine it need not be encrypted.
LENT = " https: wss: http://127.0.0.1:* ws://127.0.0.1:*"


def policy(html: str) -> str:
    """Return the policy of a page.

    Examples
    --------
    >>> for part in policy('<head></head><script>a()</script>').split("; "):
    ...     print(part)
    default-src 'none'
    script-src 'self' 'sha256-qVpDBgj7bpq5hMAcGp3AOc79J3Y1Z4HvySTwKrWDoy4='
    connect-src 'self'
    style-src 'self' 'unsafe-inline'
    img-src 'self' data: blob:
    font-src 'self' data:
    form-action 'self'
    base-uri 'none'
    """
    scripts = ["'self'", *sorted({_digest(found) for found in INLINE.findall(html)})]
    parts = ["default-src 'none'"]
    runs, asks = 'class="live-bar' in html, "data-build=" in html
    if runs:
        scripts.append("'wasm-unsafe-eval'")
    parts.append(f"script-src {' '.join(scripts)}")
    if runs:
        parts.append("worker-src blob:")
    parts.append(f"connect-src 'self'{LENT if asks else ''}")
    return "; ".join(
        [
            *parts,
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "form-action 'self'",
            "base-uri 'none'",
        ]
    )


def _digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def add_policies(app: Sphinx, exception: Exception | None) -> None:
    """Write its policy into each page that was made."""
    if exception or app.builder.format != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        if MARK not in html:
            meta = f'<meta http-equiv="{MARK}" content="{policy(html)}" />'
            made = HEAD.sub(lambda found, meta=meta: f"{found[0]}\n  {meta}", html, count=1)
            path.write_text(made, encoding="utf-8")


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("build-finished", add_policies, priority=800)  # before the archive is packed
    return {"parallel_read_safe": True, "parallel_write_safe": True}
