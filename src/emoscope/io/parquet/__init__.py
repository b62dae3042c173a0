"""Parquet in and out; all that needs pyarrow is in this folder."""

from emoscope.errors import MissingExtra

try:
    import pyarrow.parquet  # noqa: F401 - asked for here, so that the message is written once
except ImportError as error:
    raise MissingExtra("parquet", "Parquet") from error
