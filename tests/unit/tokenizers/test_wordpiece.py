"""The own WordPiece: ids worked out by hand, and the same ids as the ``tokenizers`` package."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emoscope.loading.catalogue import DEFAULT
from emoscope.tokenizers import bert_pre_tokenizer as bert_words
from emoscope.tokenizers import wordpiece
from emoscope.tokenizers.bert_pre_tokenizer import BertWords
from emoscope.tokenizers.wordpiece import WordPiece

TOKENS = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]",  # 0 to 4
    "un", "##happi", "##ness", "happy", "i", "##i", "'", "!", "[", "]", "mask", "東", "cafe", "?",
]  # fmt: skip


def ids_of(description: dict[str, Any], text: str) -> list[int]:
    made = WordPiece.read(description)
    assert made is not None
    return made.ids([text])[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  ", []),
        ("happy", [8]),
        ("HAPPY!!", [8, 12, 12]),
        ("unhappiness", [5, 6, 7]),
        ("unhappiest", [1]),  # no token for the rest: the whole word is unknown
        ("un happiness", [5, 1]),  # "happi" is known inside words only
        ("I'i", [9, 11, 9]),
        ("i\ti\r\ni\u00a0i\u3000i", [9] * 5),
        ("Café cafe\u0301 CAFÉ", [17, 17, 17]),
        ("hap\u200bpy \x00happy\ufffd \x85 \ue000", [8, 8]),  # such characters fall away
        ("東happy東東", [16, 8, 16, 16]),
        ("İi", [9, 10]),  # the dot is an accent
        ("a", [1]),
        ("🙂", [1]),
        ("i[MASK]i", [9, 4, 9]),
        ("[mask] [MASK [MASK]]", [13, 15, 14, 13, 15, 4, 14]),
        ("un[MASK]happiness", [5, 4, 1]),
        ("[SEP] [CLS]", [3, 2]),
        ("happy？", [8, 1]),  # punctuation of another width: a word, but no token
    ],
)
def test_by_hand(describe, text: str, expected: list[int]) -> None:
    assert ids_of(describe(TOKENS), text) == expected


def test_case_and_accents_are_kept_when_asked(describe) -> None:
    cased = describe([*TOKENS, "É", "é", "e"], lowercase=False)
    assert ids_of(cased, "É é e I") == [19, 20, 21, 1]
    assert ids_of(describe([*TOKENS, "é"], strip_accents=False), "É e") == [19, 1]
    assert ids_of(describe([*TOKENS, "E"], strip_accents=True, lowercase=False), "É é") == [19, 1]


def test_chinese_signs_stay_together_when_asked(describe) -> None:
    assert ids_of(describe([*TOKENS, "東東"], handle_chinese_chars=False), "東東 東") == [19, 16]


def test_a_word_is_too_long_beyond_the_limit(describe) -> None:
    description = describe(TOKENS)
    assert ids_of(description, "i" * 100) == [9] + [10] * 99
    assert ids_of(description, "i" * 101 + " i") == [1, 9]


def test_what_stands_around_a_text(describe) -> None:
    description = describe(TOKENS)
    made = WordPiece.read(description)
    assert made is not None
    assert (made.prefix, made.suffix) == ((2,), (3,))
    description["post_processor"] = {
        "type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2],
    }  # fmt: skip
    made = WordPiece.read(description)
    assert made is not None
    assert (made.prefix, made.suffix) == ((2,), (3,))
    description["post_processor"] = None
    made = WordPiece.read(description)
    assert made is not None
    assert (made.prefix, made.suffix) == ((), ())


def test_port(describe) -> None:
    made = WordPiece.read(describe(TOKENS))
    assert made is not None
    assert (made.size, made.inside, made.marks_starts) == (19, "##", False)
    assert (made.id_of("happy"), made.id_of("sad")) == (8, None)
    assert (made.token_of(6), made.token_of(99)) == ("##happi", "")


def added(number: int, content: str, **changes: bool) -> dict[str, Any]:
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return {"id": number, "content": content, **plain, "special": True, **changes}


def test_tokens_beyond_the_vocabulary(describe) -> None:
    description = describe(TOKENS)
    description["added_tokens"] += [added(19, "[NAME]"), added(20, "[NAME]s"), added(21, "東i")]
    # found as they stand, the longest first, and never as pieces of words
    assert ids_of(description, "[NAME]s i[NAME]i [name] 東i東I") == [
        20, 9, 19, 9, 13, 1, 14, 21, 16, 9,
    ]  # fmt: skip
    made = WordPiece.read(description)
    assert made is not None
    assert (made.size, made.token_of(20)) == (22, "[NAME]s")


NOT_PLAIN: list[tuple[str, Any]] = [
    ("normalizer", None),
    ("normalizer", {"type": "Lowercase"}),
    ("normalizer/lowercase", "yes"),
    ("normalizer/a_new_switch", True),
    ("pre_tokenizer", {"type": "Whitespace"}),
    ("model/type", "WordLevel"),
    ("model/unk_token", "[GONE]"),
    ("model/a_new_setting", 1),
    ("model/vocab", ["[UNK]"]),
    ("model/vocab", {"[UNK]": "0"}),
    ("post_processor", {"type": "RobertaProcessing"}),
    ("post_processor/single", []),
    ("post_processor/single", [{"Sequence": {"id": "A", "type_id": 0}}] * 2),
    ("post_processor/single", [{"SpecialToken": {"id": "[GONE]", "type_id": 0}}]),
    ("added_tokens", [added(4, "[MASK]", normalized=True)]),
    ("added_tokens", [added(4, "[MASK]", single_word=True)]),
    ("added_tokens", [added(5, "[MASK]")]),
    ("added_tokens", [added(19, " [NAME]")]),
    ("added_tokens", [added(19, "")]),
    ("added_tokens", [added(20, "[NAME]")]),
]


@pytest.mark.parametrize(("path", "value"), NOT_PLAIN)
def test_a_file_that_asks_for_more_is_left_to_the_package(describe, path: str, value: Any) -> None:
    description = describe(TOKENS)
    *folders, name = path.split("/")
    place = description
    for folder in folders:
        place = place[folder]
    place[name] = value
    assert WordPiece.read(description) is None


def test_a_vocabulary_with_holes_takes_no_more_tokens(describe) -> None:
    description = describe(TOKENS)
    description["model"]["vocab"]["far"] = 99
    assert WordPiece.read(description) is not None
    description["added_tokens"].append(added(20, "[NAME]"))
    assert WordPiece.read(description) is None


@pytest.mark.parametrize("broken", [None, [], "x", {}, {"model": None}])
def test_what_is_no_tokenizer_is_not_read(broken: Any) -> None:
    assert WordPiece.read(broken) is None


def test_memory_is_bounded_and_forgetting_changes_nothing(describe, monkeypatch) -> None:
    monkeypatch.setattr(wordpiece, "_MOST_WORDS", 3)
    monkeypatch.setattr(bert_words, "_MOST_CHARACTERS", 3)
    made = WordPiece.read(describe(TOKENS))
    assert made is not None
    text = "happy unhappiness i café ！ x y 東 é🙂 " + "i" * 200
    assert made.ids([text, text])[0] == ids_of(describe(TOKENS), text)
    assert len(made._pieces) <= 3
    assert len(made._words._first) <= 3
    assert "i" * 200 not in made._pieces


def test_threads_share_one(describe, monkeypatch) -> None:
    monkeypatch.setattr(wordpiece, "_MOST_WORDS", 5)
    texts = [f"{'i' * (n % 7 + 1)} unhappiness café [MASK] {n}" for n in range(300)]
    expected = [ids_of(describe(TOKENS), text) for text in texts]
    made = WordPiece.read(describe(TOKENS))
    assert made is not None
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: made.ids(texts), range(8)))
    finally:
        sys.setswitchinterval(before)
    assert all(each == expected for each in found)


# ---- The same as the package, which only the full environment has.

SWITCHES = [
    {"clean_text": True, "handle_chinese_chars": True, "strip_accents": True, "lowercase": True},
    {"clean_text": False, "handle_chinese_chars": False, "strip_accents": False, "lowercase": True},
]


def both_cut(switches: dict[str, bool]) -> tuple[Callable[[str], list[str]], ...]:
    """Cut a text into words, once as emoscope does, once as the package does."""
    tokenizers = pytest.importorskip("tokenizers")
    ours = BertWords(
        clean=switches["clean_text"],
        chinese=switches["handle_chinese_chars"],
        strip=switches["strip_accents"],
        lowercase=switches["lowercase"],
    )
    normaliser = tokenizers.normalizers.BertNormalizer(**switches)
    splitter = tokenizers.pre_tokenizers.BertPreTokenizer()

    def theirs(text: str) -> list[str]:
        pieces = splitter.pre_tokenize_str(normaliser.normalize_str(text))
        return [word for word, _ in pieces]

    return lambda text: [word for word in ours(text) if word], theirs


@pytest.mark.slow
@pytest.mark.parametrize("switches", SWITCHES)
def test_every_character_is_treated_as_the_package_does(switches: dict[str, bool]) -> None:
    ours, theirs = both_cut(switches)
    # surrogates are left out: no text of the package can hold one
    every = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    for start in range(0, len(every), 512):
        some = [f"{character} a{character}B" for character in every[start : start + 512]]
        if ours(" ".join(some)) != theirs(" ".join(some)):
            assert [ours(text) for text in some] == [theirs(text) for text in some]


FRAGMENTS = [
    "[MASK]", "[SEP]", "[UNK", "thank you", "un", "##s", "\x00", "\t", "\x1c", "\x85", "\u2028",
    "\u200d", "\ufe0f", "👩\u200d👩\u200d👧", "👍🏽", "❤\ufe0f", "İ", "Σ", "ΟΔΟΣ", "ß", "ﬁ", "가",
    "漢字", "\u1100\u1161", "\u1f71", "ά\u0323\u0301", "！", "x" * 120, " ",
]  # fmt: skip
texts = st.lists(
    st.one_of(
        st.text(max_size=10),
        st.text("abc ABC.,!?'", max_size=10),
        st.sampled_from(FRAGMENTS),
        st.text(st.characters(categories=["M"]), min_size=1, max_size=4),
        st.characters(max_codepoint=0x20FF),
    ),
    max_size=12,
).map("".join)


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(text=texts, switches=st.sampled_from([*product([True, False], repeat=4)]))
def test_any_text_is_cut_into_the_words_of_the_package(
    text: str, switches: tuple[bool, ...]
) -> None:
    ours, theirs = both_cut(dict(zip(SWITCHES[0], switches, strict=True)))
    assert ours(text) == theirs(text)


@pytest.fixture(scope="module")
def both(describe) -> tuple[WordPiece, Any]:
    """A vocabulary of words, and of the letters of many scripts, in either implementation."""
    tokenizers = pytest.importorskip("tokenizers")
    letters = [chr(code) for code in range(0x21, 0x2100)] + [*"漢字！🙂👍👩👧❤🏽가"]
    words = ["thank", "you", "##ank", "##nk", "un", "##s", "abc", "ab", "##bc", "##ab"]
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words, *letters]
    description = describe(dict.fromkeys([*tokens, *("##" + letter for letter in letters)]))
    package = tokenizers.Tokenizer.from_str(json.dumps(description))
    made = WordPiece.read(description)
    assert made is not None
    return made, package


@pytest.mark.slow
@settings(deadline=None, max_examples=500)
@given(text=texts)
def test_any_text_has_the_ids_of_the_package(both: tuple[WordPiece, Any], text: str) -> None:
    ours, package = both
    expected = package.encode(text, add_special_tokens=False).ids
    assert ours.ids([text]) == [expected]
    around = package.encode(text, add_special_tokens=True).ids
    assert [*ours.prefix, *expected, *ours.suffix] == around


@pytest.mark.parametrize("strips", [*product([True, False], repeat=2)])
def test_added_tokens_have_the_ids_of_the_package(describe, strips: tuple[bool, bool]) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    description = describe(TOKENS)
    changes = dict(zip(("lstrip", "rstrip"), strips, strict=True))
    names = {"[NAME]": 19, "[NAME]s": 20, "s [NAME]": 21, "東": TOKENS.index("東"), "é": 22}
    description["added_tokens"] += [added(n, name, **changes) for name, n in names.items()]
    package = tokenizers.Tokenizer.from_str(json.dumps(description))
    ours = WordPiece.read(description)
    assert ours is not None
    for text in ("i [NAME] i", "[NAME]s [NAME]", "is [NAME]s", "i東 i", "É é e\u0301 \u3000é\t"):
        assert ours.ids([text])[0] == package.encode(text, add_special_tokens=False).ids
    assert ours.size == package.get_vocab_size()


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["goemotions", "emotion"])
def test_real_texts_have_the_ids_of_the_package(real_data: Path, name: str) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    from emoscope.data.emotion import read_emotion
    from emoscope.data.goemotions import read_goemotions

    read = {"goemotions": read_goemotions, "emotion": read_emotion}[name]
    found = read(real_data / name).texts
    path = DEFAULT.folder / "tokenizer.json"
    package = tokenizers.Tokenizer.from_file(str(path))
    package.no_truncation()
    ours = WordPiece.read(json.loads(path.read_text(encoding="utf-8")))
    assert ours is not None
    theirs = package.encode_batch_fast(list(found), add_special_tokens=False)
    assert ours.ids(found) == [each.ids for each in theirs]
