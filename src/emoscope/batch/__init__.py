"""Label files of any size: no row is lost, and an interrupted job can be resumed."""

from emoscope.batch.label_files import label_files
from emoscope.batch.options import LabelOptions
from emoscope.batch.summary import Progress, Summary

__all__ = ["LabelOptions", "Progress", "Summary", "label_files"]
