"""How often emotions occur over time: shares with intervals, from texts or labelled files."""

from emoscope.trends.measure import measure_trends
from emoscope.trends.options import TrendOptions
from emoscope.trends.result import LeftOut, Trends

__all__ = ["LeftOut", "TrendOptions", "Trends", "measure_trends"]
