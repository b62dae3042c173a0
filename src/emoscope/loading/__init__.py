"""From a name, a folder, a run or a hub id to a classifier."""

from emoscope.loading.catalogue import CATALOGUE
from emoscope.loading.find_model import find_model_folder
from emoscope.loading.load_model import load, load_with

__all__ = ["CATALOGUE", "find_model_folder", "load", "load_with"]
