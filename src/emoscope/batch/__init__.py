"""Label files: any size, nothing lost, and go on after a crash."""

from emoscope.batch.label_files import label_files
from emoscope.batch.options import LabelOptions
from emoscope.batch.summary import Progress, Summary

__all__ = ["LabelOptions", "Progress", "Summary", "label_files"]
