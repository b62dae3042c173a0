from __future__ import annotations

import unicodedata

from emoscope.text.emoji import name_emoji
from emoscope.text.tables import names_of


def test_every_emoji_of_the_table_becomes_plain_words() -> None:
    names = names_of("emoji.tsv")
    assert len(names) > 1_700
    for symbol, name in names.items():
        assert name_emoji(symbol).strip() == name
        assert name.isascii()
        assert name == name.strip().lower()


def test_pictographs_of_the_standard_have_names() -> None:
    blocks = [(0x1F600, 0x1F64F), (0x1F900 + 0x0C, 0x1F9FF), (0x1F300, 0x1F5FF)]
    for start, end in blocks:
        for code in range(start, end + 1):
            symbol = chr(code)
            if unicodedata.category(symbol) == "So":
                assert name_emoji(symbol) != symbol, hex(code)


def test_skin_tone_and_sex_change_nothing() -> None:
    for emoji in ("👋", "🙏", "🤷", "👩‍🏫", "💪"):
        for tone in "🏻🏼🏽🏾🏿":
            toned = emoji[0] + tone + emoji[1:]
            assert name_emoji(toned) == name_emoji(emoji)
    assert name_emoji("🤷‍♀️") == name_emoji("🤷‍♂️") == name_emoji("🤷")


def test_text_without_emoji_stays() -> None:
    assert name_emoji("Zoë said: 5 × 3 ≠ 16 # 7") == "Zoë said: 5 × 3 ≠ 16 # 7"
