"""Reports: figures, tables, error analysis, comparison, human reference. Extra ``report``."""
