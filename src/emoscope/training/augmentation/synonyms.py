"""Synonyms from a small table.

The table holds everyday words whose exchange leaves the emotion as it is. Emotion words stand only
beside words of the same emotion and like strength.
"""

from __future__ import annotations

import re

import numpy as np

_GROUPS = """
big large | small little | quick fast | begin start | end finish | buy purchase | talk speak chat
movie film | picture photo | kid child | kids children | guy man | folks people | house home
job work | car vehicle | road street | shop store | smart clever | hard difficult | easy simple
strange odd weird | often frequently | maybe perhaps | also too | almost nearly | whole entire
correct right | answer reply | help assist | try attempt | choose pick select | show display
think believe | want wish | need require | get receive | give hand | keep hold | look watch
idea thought | problem issue | mistake error | chance opportunity | place spot | part piece
huge enormous | tiny minuscule | quiet silent | loud noisy | rich wealthy | ill sick | old aged
happy glad | sad unhappy | angry mad | furious enraged | afraid scared | terrified petrified
amazing incredible awesome | wonderful marvelous | great excellent | awful terrible horrible
disgusting gross revolting | funny hilarious | love adore | hate detest | annoyed irritated
proud honoured | thankful grateful | sorry apologetic | surprised astonished | shocked stunned
worried anxious nervous | confused puzzled | curious inquisitive | excited thrilled
disappointed let-down | embarrassed ashamed | lonely lonesome | calm relaxed | tired exhausted
hope wish | laugh chuckle | cry weep | scream yell shout | pretty beautiful | ugly hideous
dumb stupid | brilliant genius | boring dull | brave courageous | nice kind | mean cruel
really truly | very extremely | totally completely absolutely | definitely certainly surely
""".replace("\n", " | ")

_WORD = re.compile(r"^(\W*)([A-Za-z][A-Za-z'-]*)(\W*)$")


def _read(groups: str) -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = {}
    for group in groups.split("|"):
        words = group.split()
        for word in words:
            table.setdefault(word, []).extend(w for w in words if w != word)
    return {word: tuple(dict.fromkeys(others)) for word, others in table.items()}


TABLE = _read(_GROUPS)
"""A lower-case word -> its synonyms, without the word itself."""


def replace_words(words: list[str], share: float, random: np.random.Generator) -> list[str]:
    """Replace a ``share`` of the words, at least one if any has a synonym.

    Case and punctuation stay. Words with anything but letters inside, and masks as ``[NAME]``,
    are left alone.
    """
    known = []
    for i, word in enumerate(words):
        found = _WORD.match(word)
        if found and "[" not in word and found.group(2).lower() in TABLE:
            known.append((i, found))
    k = min(max(round(share * len(words)), 1), len(known))
    changed = list(words)
    for j in random.choice(len(known), size=k, replace=False) if known else ():
        i, found = known[j]
        before, core, after = found.groups()
        options = TABLE[core.lower()]
        changed[i] = before + _cased(options[int(random.integers(len(options)))], core) + after
    return changed


def _cased(word: str, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word.capitalize() if like[0].isupper() else word
