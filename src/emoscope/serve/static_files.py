"""The page's files, served from memory under their names."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent / "page"

_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}

HEADERS = {
    # nothing from elsewhere, nothing inline, no frame around it
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def page_files() -> dict[str, tuple[bytes, str]]:
    """Content and content type of every file of the page by its path; index.html is ``/``."""
    return {
        "/" if path.name == "index.html" else f"/{path.name}": (
            path.read_bytes(),
            f"{_KINDS[path.suffix]}; charset=utf-8",
        )
        for path in sorted(_FOLDER.iterdir())
        if path.suffix in _KINDS
    }
