from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from emoscope.training.augmentation import Rewriter
from emoscope.training.augmentation.synonyms import TABLE, best_lookup, from_table, replace_words
from emoscope.training.augmentation.words import drop_words, swap_words
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


def test_synonyms_keep_case_and_punctuation():
    def lookup(word: str) -> tuple[str, ...]:
        return {"happy": ("glad",)}.get(word, ())

    for before, after in [
        ("happy", "glad"), ("Happy!", "Glad!"), ("(HAPPY)", "(GLAD)"), ("unhappy", "unhappy"),
    ]:  # fmt: skip
        assert replace_words([before], 1.0, generator(), lookup) == [after]


def test_masks_and_unknown_words_are_left_alone():
    words = ["[NAME]", "qwxz", "😀", "123"]
    assert replace_words(words, 1.0, generator(), lambda word: ("changed",))[0] == "[NAME]"
    assert replace_words(words, 1.0, generator(), from_table) == words


def test_the_table_goes_both_ways():
    for word, others in TABLE.items():
        assert word not in others
        for other in others:
            assert word in TABLE[other]
    assert "unhappy" in from_table("sad")
    assert not set(from_table("happy")) & set(from_table("sad"))


def test_without_wordnet_the_table_serves(monkeypatch):
    best_lookup.cache_clear()
    monkeypatch.setitem(sys.modules, "nltk", None)
    monkeypatch.setitem(sys.modules, "nltk.corpus", None)
    assert best_lookup() is from_table
    best_lookup.cache_clear()


def test_with_wordnet_the_first_sense_serves(monkeypatch):
    senses = {"glad": [["glad", "happy", "well_pleased", "Happy"], ["gladiolus"]], "ok": []}

    def synsets(word: str) -> list[SimpleNamespace]:
        return [SimpleNamespace(lemma_names=lambda n=n: n) for n in senses.get(word, [])]

    installed = SimpleNamespace(synsets=synsets, ensure_loaded=lambda: None)
    monkeypatch.setitem(sys.modules, "nltk", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "nltk.corpus", SimpleNamespace(wordnet=installed))
    best_lookup.cache_clear()
    try:
        lookup = best_lookup()
        assert lookup("glad") == ("happy", "well pleased")
        assert lookup("ok") == lookup("unheard") == ()
    finally:
        best_lookup.cache_clear()


def test_wordnet_without_its_files_leaves_the_table(monkeypatch):
    def missing() -> None:
        raise LookupError("wordnet not found; download it")

    installed = SimpleNamespace(ensure_loaded=missing)
    monkeypatch.setitem(sys.modules, "nltk", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "nltk.corpus", SimpleNamespace(wordnet=installed))
    best_lookup.cache_clear()
    assert best_lookup() is from_table
    best_lookup.cache_clear()


SETTINGS = AugmentationSettings(share=0.5, swap=0.2, drop=0.1, synonym=0.2)
TEXT = "i am so happy about this big old house today"


def test_the_same_row_and_epoch_give_the_same_text():
    rewrite, again = (Rewriter(SETTINGS, 3, lookup=from_table) for _ in range(2))
    for row in range(20):
        assert rewrite(TEXT, row, 2) == again(TEXT, row, 2)
    changed = {rewrite(TEXT, 5, epoch) for epoch in range(20)}
    assert len(changed) > 5, "each epoch sees another text"


def test_the_share_of_changed_texts():
    rewrite = Rewriter(SETTINGS, 0, lookup=from_table)
    changed = np.mean([rewrite(TEXT, row, 0) != TEXT for row in range(1000)])
    assert changed == pytest.approx(0.5, abs=0.05)


def test_translations_stand_in_for_half_of_the_share():
    settings = AugmentationSettings(share=1.0, back_translation=("there", "back"))
    rewrite = Rewriter(settings, 0, translations=["other words"] * 1000, lookup=from_table)
    used = np.mean([rewrite(TEXT, row, 0) == "other words" for row in range(1000)])
    assert used == pytest.approx(0.5, abs=0.05)
    empty = Rewriter(settings, 0, translations=[""], lookup=from_table)
    assert empty(TEXT, 0, 0) == TEXT, "a translation that came out empty is not used"
