from __future__ import annotations

import numpy as np
import pytest

from emoscope.training.augmentation.rewriter import Rewriter, drop_words, swap_words
from emoscope.training.augmentation.synonyms import TABLE, replace_words
from emoscope.training.settings import AugmentationSettings

WORDS = ["this", "is", "a", "very", "long", "and", "happy", "sentence", "of", "ten"]


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("seed", range(5))
def test_swapping_keeps_all_words(seed):
    swapped = swap_words(WORDS, 0.2, generator(seed))
    assert sorted(swapped) == sorted(WORDS)
    assert swapped != WORDS
    assert swap_words(["alone"], 0.9, generator(seed)) == ["alone"]


@pytest.mark.parametrize("seed", range(5))
def test_dropping_leaves_out_the_share_and_never_all(seed):
    dropped = drop_words(WORDS, 0.3, generator(seed))
    assert len(dropped) == 7
    rest = iter(WORDS)
    assert all(word in rest for word in dropped), "order stays"
    assert len(drop_words(["so", "sad"], 0.99, generator(seed))) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("happy", "glad"), ("Happy!", "Glad!"), ("(HAPPY)", "(GLAD)"), ("buy,", "purchase,"),
        ("joyful", "joyful"), ("happy2", "happy2"),
    ],
)  # fmt: skip
def test_synonyms_keep_case_and_punctuation(before, after):
    assert replace_words([before], 1.0, generator()) == [after]


def test_masks_and_unknown_words_are_left_alone():
    words = ["[LOVE]", "qwxz", "😀", "123"]
    assert replace_words(words, 1.0, generator()) == words


def test_one_synonym_of_several_is_drawn_by_the_seed():
    drawn = {replace_words(["talk"], 1.0, generator(seed))[0] for seed in range(30)}
    assert drawn == {"speak", "chat"}


def test_the_table_goes_both_ways():
    for word, others in TABLE.items():
        assert word not in others
        for other in others:
            assert word in TABLE[other]
    assert "unhappy" in TABLE["sad"]
    assert not set(TABLE["happy"]) & set(TABLE["sad"])


SETTINGS = AugmentationSettings(share=0.5, swap=0.2, drop=0.1, synonym=0.2)
TEXT = "i am so happy about this big old house today"


def test_the_same_row_and_epoch_give_the_same_text():
    rewrite, again = (Rewriter(SETTINGS, 3) for _ in range(2))
    for row in range(20):
        assert rewrite(TEXT, row, 2) == again(TEXT, row, 2)
    changed = {rewrite(TEXT, 5, epoch) for epoch in range(20)}
    assert len(changed) > 5, "each epoch sees another text"


def test_the_share_of_changed_texts():
    rewrite = Rewriter(SETTINGS, 0)
    changed = np.mean([rewrite(TEXT, row, 0) != TEXT for row in range(1000)])
    assert changed == pytest.approx(0.5, abs=0.05)


def test_translations_stand_in_for_half_of_the_share():
    settings = AugmentationSettings(share=1.0, back_translation=("there", "back"))
    rewrite = Rewriter(settings, 0, translations=["other words"] * 1000)
    used = np.mean([rewrite(TEXT, row, 0) == "other words" for row in range(1000)])
    assert used == pytest.approx(0.5, abs=0.05)
    empty = Rewriter(settings, 0, translations=[""])
    assert empty(TEXT, 0, 0) == TEXT, "a translation that came out empty is not used"
