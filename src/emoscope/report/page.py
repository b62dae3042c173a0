"""The page: figures, tables and sentences as one HTML file without external resources.

Texts of a data set are untrusted: the template escapes every value, figures are embedded as images
whose markup the browser does not run, and the page has no script.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emoscope.errors import MissingExtra
from emoscope.report.error_analysis import ErrorSection
from emoscope.report.tables import Table, shown

try:
    import jinja2
except ImportError as error:
    raise MissingExtra("report", "Writing a report") from error


@dataclass(frozen=True)
class RenderedFigure:
    """A figure on the page, or the reason why it is not there."""

    name: str
    title: str
    description: str = ""
    svg: str = ""
    """The SVG file in base64."""
    reason: str = ""


@dataclass(frozen=True)
class Page:
    """What the template fills in."""

    name: str
    subtitle: str
    summary: Sequence[str]
    missing: Sequence[RenderedFigure | ErrorSection]
    main: Table
    resamples: int
    figures: Sequence[RenderedFigure]
    errors: Sequence[ErrorSection]
    numbers: Sequence[Table]
    origin: Table

    def render(self) -> str:
        """The HTML text."""
        environment = jinja2.Environment(
            loader=jinja2.PackageLoader("emoscope.report", "."),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        template = environment.get_template("page.html.j2")
        parts: Mapping[str, object] = {
            name: getattr(self, name) for name in self.__dataclass_fields__
        }
        return template.render(parts, shown=shown, is_number=is_number)


def is_number(table: Table, column: int) -> bool:
    """Tell whether a column holds numbers, to be set to the right."""
    cells = [row[column] for row in table.rows if row[column] is not None]
    return bool(cells) and all(isinstance(cell, int | float) for cell in cells)


def inline_svg(path: Path) -> str:
    """An SVG file in base64, for an image's data address."""
    return base64.b64encode(path.read_bytes()).decode("ascii")
