from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoscope.text import NEWEST, NORMALISERS, normalise_newest

READABLE = [
    ("nothing to change here, is there?", "nothing to change here, is there?"),
    ("home at last 😂😂😂 bye ❤️", "home at last laughing with tears of joy bye red heart love"),
    ("👍🏽", "thumbs up"),
    ("👍🏿👍🏿 👍🏿", "thumbs up"),
    ("🤦‍♀️ again", "facepalm again"),
    ("🤦🏻‍♂️ again", "facepalm again"),
    ("👩🏿‍🦰 here", "woman red hair here"),
    ("❤️‍🔥", "burning heart love"),
    ("1️⃣ first, then 🇬🇧", "1 first, then flag"),
    ("ok:) fine :-(", "ok happy smiling face fine sad frowning face"),
    ("no :'( xD", "no crying sad face laughing face"),
    ("<3 you </3", "heart love you broken heart"),
    ("¯\\_(ツ)_/¯ T_T (╯°□°)╯︵ ┻━┻", "shrug crying sad face angry table flip"),
    ("sooo coool, we loooove it, noooo waaaay yesss", "so cool, we love it, no way yes"),
    ("GOOOOD morniiing", "GOOD morning"),
    ("hahahahaha HEHEHE bahahaha", "haha hehe haha"),
    ("what?!?!!!!!!!", "what?!?!!!"),
    ("#SoProud of you #soproud #so_proud #1", "So Proud of you so proud so proud #1"),
    ("#mondaymotivation", "monday motivation"),
    ("@bob_1 see https://x.y/z?a=1 or write to a.b@c.co.uk", "@ see http or write to email"),
    ("it’s “fine” — really…", 'it\'s "fine" - really...'),
    ("𝓵𝓸𝓿𝓮 it", "love it"),
]  # fmt: skip
AS_WRITTEN = [
    "at 12:30, a ratio of 3:1, f(x) = (a; b)",
    "note: Do it, option 1: /home or C:/data",
    "he said: (maybe)",
    "balloon, bookkeeper, coffee and 1000 tonnes",
    "x < 3 and y > 2, a <= b",
    "either/or, and so on; (b) is next",
    "well-known, self-made - no",
]


@pytest.mark.parametrize(("text", "readable"), READABLE)
def test_what_people_type_becomes_words(text: str, readable: str) -> None:
    assert normalise_newest(text) == readable


@pytest.mark.parametrize("text", AS_WRITTEN)
def test_ordinary_writing_stays(text: str) -> None:
    assert normalise_newest(text) == text


def test_faces_that_differ_stay_different() -> None:
    faces = ["❤️", "😡", "😭", "😂", "🙃", "🥰", "👍", "👎", ":)", ":(", ":/", ":D"]
    assert len({normalise_newest(face) for face in faces}) == len(faces)


@given(st.text(alphabet=st.sampled_from("ah:)(D<3-_^;T#@😂❤\ufe0f\u200d👩🏽 .!w/x'\"oO=")))
def test_any_mixture_gives_a_text_that_can_be_written(text: str) -> None:
    found = normalise_newest(text)
    found.encode("utf-8")
    assert found == found.strip()
    assert "  " not in found
    assert not set(found) & set("😂❤👩🏽\ufe0f\u200d")


HOSTILE = [
    "😂", "a", "ab", "#a", "# ", ":", "(:", "ha", "@", "a@", "a.", "👩‍", "<", "aaab", "\u0301",
    "-_", "h", "www.", "1.", "🇬", "ﷺ", "^", ";_", "[URL", "x.y@", "/", "http://", "_(", "T_",
    "=", "!?", "m", "é", "￼",
]  # fmt: skip


@pytest.mark.parametrize("part", HOSTILE)
def test_time_grows_with_the_length_alone(part: str) -> None:
    def seconds(n: int) -> float:
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            normalise_newest(part * (n // len(part)))
            best = min(best, time.process_time() - start)
        return best

    normalise_newest(part)
    short, long = seconds(4_000), seconds(40_000)
    assert long < 40 * short + 0.05  # ten times the text; its square would be a hundred times


def test_models_name_their_normaliser() -> None:
    assert list(NORMALISERS) == ["nfc-1", "everyday-2"]
    assert NORMALISERS[NEWEST] is normalise_newest
    assert NORMALISERS["nfc-1"]("soooo 😂") == "soooo 😂"
