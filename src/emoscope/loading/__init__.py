"""From a name, a folder, a run or a hub id to a classifier."""

from emoscope.loading.load_model import DEFAULT_MODEL, find_model_folder, load, load_with

__all__ = ["DEFAULT_MODEL", "find_model_folder", "load", "load_with"]
