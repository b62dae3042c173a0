from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from emoscope.data.everyday import read_everyday
from emoscope.data.text_identity import text_key
from emoscope.errors import DataError, DataNotFound, NoExamples, UnknownLabel, UnreadableFile
from emoscope.evaluation.behaviour.cases import (
    Case,
    DirectionCase,
    InvarianceCase,
    MinimumFunctionalityCase,
)
from emoscope.evaluation.behaviour.read_cases import read_cases, read_suite
from emoscope.taxonomy import GOEMOTIONS

MINIMUM = '{"kind": "minimum_functionality", "capability": "emoji", "text": "hm", "any_of": ["joy"]'


def read(tmp_path: Path, content: str | bytes) -> list[Case]:
    path = tmp_path / "own.jsonl"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return read_cases(path, ("billing",))


def test_all_three_kinds(tmp_path: Path) -> None:
    lines = [
        MINIMUM + ', "none_of": ["anger", "anger"]}',
        "",
        '{"kind": "invariance", "capability": "name", "texts": ["Ann", "Bo", "Cy"]}',
        '{"kind": "direction", "capability": "x", "text": "a", "changed": "b", "label": "billing", '
        '"change": "fall"}',
    ]
    own = f"{tmp_path / 'own.jsonl'}:"
    assert read(tmp_path, "\ufeff" + "\r\n".join(lines)) == [
        MinimumFunctionalityCase(own + "1", "emoji", "hm", ("joy",), ("anger",)),
        InvarianceCase(own + "3", "name", ("Ann", "Bo", "Cy")),
        DirectionCase(own + "4", "x", "a", "b", "billing", "fall"),
    ]


def test_what_is_expected_is_told() -> None:
    assert MinimumFunctionalityCase("", "", "", ("joy", "love"), ("fear", "anger")).expected == (
        "joy or love, not fear nor anger"
    )
    assert MinimumFunctionalityCase("", "", "", (), ("fear",)).expected == "not fear"
    assert DirectionCase("", "", "", "", "fear", "fall").expected == "fear falls"


INVARIANCE = '{"kind": "invariance", "capability": "a", "texts": '
DIRECTION = '{"kind": "direction", "capability": "a", "text": "a", "label": "joy", '


@pytest.mark.parametrize(
    ("line", "error", "message"),
    [
        ("joy", UnreadableFile, "not valid JSON"),
        ("[1]", UnreadableFile, "not a JSON object"),
        ("[" * 100_000, UnreadableFile, "nested too deeply"),
        ('{"kind": 1, "kind": 2}', UnreadableFile, "stands twice"),
        (b'{"kind": "\xff"}', UnreadableFile, r"not UTF-8 \(byte 11 of the line\)"),
        ("{}", DataError, "'kind': not there"),
        ('{"kind": 3}', DataError, "'kind': not a string"),
        ('{"kind": NaN}', DataError, "'kind': not a string"),
        ('{"kind": "invariant"}', DataError, "'invariant' is none of .*Did you mean 'invariance'"),
        ('{"kind": "invariance"}', DataError, "'capability': not there"),
        (MINIMUM + ', "nonof": []}', DataError, "'nonof': unknown .*Did you mean 'none_of'"),
        (MINIMUM + ', "none_of": "joy"}', DataError, "'none_of': not a list"),
        (MINIMUM + ', "none_of": [null]}', DataError, "'none_of': not a string"),
        (MINIMUM + ', "none_of": ["joy"]}', DataError, "'joy' is in 'any_of' too"),
        (MINIMUM + ', "none_of": ["ager"]}', UnknownLabel, "'ager'. Did you mean 'anger'"),
        (MINIMUM.replace('["joy"]', "[]") + "}", DataError, "'any_of': no label"),
        (MINIMUM.replace('"hm"', '" "') + "}", DataError, "'text': not a string with content"),
        (MINIMUM.replace('"hm"', '"\\ud800"') + "}", DataError, "'text': half of a surrogate"),
        (INVARIANCE + '["a"]}', DataError, "'texts': fewer than two"),
        (INVARIANCE + '["a", "a"]}', DataError, "'texts': one text stands there twice"),
        (INVARIANCE + "{}}", DataError, "'texts': not a list"),
        (DIRECTION + '"changed": "a", "change": "rise"}', DataError, "'changed': one text"),
        (DIRECTION + '"changed": "b", "change": "up"}', DataError, "'change': 'up' is none of"),
        (DIRECTION + '"changed": "b"}', DataError, "'change': not there"),
    ],
    ids=lambda value: str(value)[-40:],
)
def test_what_is_wrong_is_named_with_file_line_and_key(
    tmp_path: Path, line: str | bytes, error: type[DataError], message: str
) -> None:
    bad = line if isinstance(line, bytes) else line.encode()
    with pytest.raises(error, match=rf"own\.jsonl, line 3\b.*{message}"):
        read(tmp_path, MINIMUM.encode() + b"}\n\n" + bad)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(DataNotFound, match=r"none\.jsonl"):
        read_cases(tmp_path / "none.jsonl")
    with pytest.raises(UnreadableFile, match="not a regular file"):
        read_cases(tmp_path)
    with pytest.raises(NoExamples, match="holds no cases"):
        read(tmp_path, " \n\n")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX")
def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnreadableFile, match="not a regular file"):
        read_cases(tmp_path / "pipe")


def test_the_suite_names_labels_of_goemotions_only() -> None:
    for case in read_suite():
        named = set(case.needed_labels)
        if isinstance(case, MinimumFunctionalityCase):
            named |= set(case.none_of)
        assert named <= set(GOEMOTIONS.labels), case


def test_the_suite_holds_enough_of_each_kind() -> None:
    cases = read_suite()
    count = Counter((case.kind, case.capability) for case in cases)
    assert len(cases) >= 450
    for capability in (
        "emoji", "negation", "greeting before a complaint", "complaint", "sarcasm",
        "mixed feelings", "situation", "fact with an emotion word", "review", "diary", "headline",
        "slang", "question",
    ):  # fmt: skip
        assert count["minimum_functionality", capability] >= 25, capability
    for capability in (
        "greeting added", "politeness added", "typo", "case", "name", "group of people",
        "punctuation", "emoji skin tone", "quote style",
    ):  # fmt: skip
        assert count["invariance", capability] >= 10, capability
    assert count["invariance", "name"] + count["invariance", "group of people"] >= 25
    for capability in ("negation", "emoji", "intensifier", "contrast ending"):
        assert count["direction", capability] >= 10, capability


def test_no_text_of_the_suite_stands_in_two_cases() -> None:
    keys = Counter(key for case in read_suite() for key in {text_key(t) for t in case.texts})
    assert [key for key, n in keys.items() if n > 1] == []


@pytest.mark.slow
def test_no_text_of_the_suite_is_nearly_one_of_everyday() -> None:
    """Less than six tenths of the words of both together are common to them."""
    corpus = read_everyday().texts
    keys = {text_key(text) for text in corpus}
    sets = [words(text) for text in corpus]
    with_word = defaultdict(list)
    for number, found in enumerate(sets):
        for word in found:
            with_word[word].append(number)
    near = []
    for text in (text for case in read_suite() for text in case.texts):
        own = words(text)
        common = Counter(number for word in own for number in with_word[word])
        near += [
            (text, corpus[number])
            for number, n in common.items()
            if n >= 0.6 * len(own | sets[number])
        ]
        near += [(text, text)] if text_key(text) in keys else []
    assert near == []


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))
