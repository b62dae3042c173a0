"""Arrow tables in, labelled Arrow tables out: for programs of Ray, Spark and other engines."""

from __future__ import annotations

from emoscope.batch.options import LabelOptions
from emoscope.inference import label_table
from emoscope.inference.added_columns import AddedColumns
from emoscope.inference.classifier import EmotionClassifier
from emoscope.io.text_column import TEXT


class TableLabeller(label_table.TableLabeller):
    """The worker of label files, without the files, by the options of a job."""

    def __init__(self, classifier: EmotionClassifier, options: LabelOptions | None = None) -> None:
        """Of ``options`` those of the output count, and ``text``, the column with the texts."""
        options = options or LabelOptions()
        super().__init__(classifier, added_columns(classifier, options), options.text or TEXT)


def added_columns(classifier: EmotionClassifier, options: LabelOptions) -> AddedColumns:
    """The names of what is added; :class:`TaxonomyError` for a roll-up that there is not."""
    sets = classifier.label_sets(options.rollups)
    return AddedColumns(sets, options.probabilities, options.prefix)
