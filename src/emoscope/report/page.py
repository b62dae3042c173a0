"""The page: figures, tables and sentences as one HTML file without external resources.

Texts of a data set are untrusted: the template escapes every value, figures are embedded as images
whose markup the browser does not run, and the page has no script.
"""

from __future__ import annotations

from collections.abc import Mapping

from emoscope.errors import MissingExtra
from emoscope.report.tables import Table, shown

try:
    import jinja2
except ImportError as error:
    raise MissingExtra("report", "Writing a report") from error


def render_page(parts: Mapping[str, object], template: str = "page.html.j2") -> str:
    """The HTML text; ``parts`` are the names that the template uses."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("emoscope.report", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(parts, shown=shown, is_number=is_number)


def is_number(table: Table, column: int) -> bool:
    """Tell whether a column holds numbers, to be set to the right."""
    cells = [row[column] for row in table.rows if row[column] is not None]
    return bool(cells) and all(isinstance(cell, int | float) for cell in cells)
