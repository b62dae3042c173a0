"""What is known of the published data sets, for those who use a model trained on them."""

from __future__ import annotations

from dataclasses import dataclass

from emoscope.data.settings import HUB_PREFIX


@dataclass(frozen=True)
class PublishedData:
    """Facts about a data set that a model card repeats."""

    title: str
    hub_id: str | None
    language: str
    license: str
    """Identifier of the hub's list; ``other`` where the terms are none of the known licences."""
    license_name: str | None
    license_link: str | None
    terms: str
    """The licence in words."""
    citation: str
    description: str
    biases: tuple[str, ...]
    """Known faults, one sentence each."""


_GOEMOTIONS = PublishedData(
    title="GoEmotions",
    hub_id="google-research-datasets/go_emotions",
    language="en",
    license="cc-by-4.0",
    license_name=None,
    license_link=None,
    terms="The data set is released under CC BY 4.0.",
    citation=(
        "Demszky, Movshovitz-Attias, Ko, Cowen, Nemade, Ravi: GoEmotions: A Dataset of "
        "Fine-Grained Emotions. ACL 2020, arXiv:2005.00547."
    ),
    description=(
        "English Reddit comments of 3 to 30 tokens, rated by three to five people each; a label is "
        "kept where at least two raters chose it."
    ),
    biases=(
        "Reddit's writers are mostly young men, and its tone is harsher than that of other places; "
        "the authors of the data name both.",
        "All raters were native English speakers from India; they saw comments without context.",
        "Vulgar and offensive comments were thinned out with word lists, which shifts what is said "
        "of whom; names and religions are masked as [NAME] and [RELIGION].",
        "Raters often disagree, and a part of the labels is wrong; grief, relief, pride and "
        "nervousness are so rare that their numbers are hardly more than anecdotes.",
    ),
)

_EMOTION = PublishedData(
    title="Emotion (CARER)",
    hub_id="dair-ai/emotion",
    language="en",
    license="other",
    license_name="educational-and-research-use",
    license_link="https://github.com/dair-ai/emotion_dataset",
    terms="The data set may be used freely for educational and research purposes.",
    citation=(
        "Saravia, Liu, Huang, Wu, Chen: CARER: Contextualized Affect Representations for Emotion "
        "Recognition. EMNLP 2018."
    ),
    description=(
        "English tweets, labelled by the hashtags that their writers used, in lower case and "
        "without punctuation."
    ),
    biases=(
        "Nearly every text holds a form of the word feel, an artefact of how they were collected: "
        "texts without it are outside of what the model has seen.",
        "No person has checked the labels: they are the writers' hashtags. Texts that occur twice "
        "mostly carry two different labels.",
        "Case, punctuation, emoji and apostrophes are gone, and with them much of what tells "
        "feelings apart.",
    ),
)

_EVERYDAY = PublishedData(
    title="everyday",
    hub_id=None,
    language="en",
    license="cc0-1.0",
    license_name=None,
    license_link=None,
    terms="The corpus is dedicated to the public domain (CC0 1.0).",
    citation="Written for emoscope; it has no paper.",
    description=(
        "10,673 short English texts of daily life, written by a language model and each labelled "
        "twice by one."
    ),
    biases=(
        "No person wrote or labelled it: numbers measured on it say how a model follows its "
        "readers, not how it does on texts of people.",
        "British and American voices are more frequent than others, and texts are more telling "
        "than most messages are.",
    ),
)

_KNOWN = {
    "goemotions": _GOEMOTIONS,
    "goemotions-raw": _GOEMOTIONS,
    "emotion": _EMOTION,
    "everyday": _EVERYDAY,
    **{
        HUB_PREFIX + each.hub_id: each
        for each in (_GOEMOTIONS, _EMOTION)
        if each.hub_id is not None
    },
}


def published_data(name: str) -> PublishedData | None:
    """Facts about the data set called ``name`` in recipes and provenance; None of a user's own."""
    return _KNOWN.get(name)
