from __future__ import annotations

import json

import numpy as np

from emoscope.data.examples import Examples
from emoscope.taxonomy import Taxonomy
from emoscope.training.provenance import provenance
from emoscope.training.recipe import parse_recipe


def test_no_absolute_path_is_told():
    recipe = parse_recipe(
        {
            "name": "x",
            "data": {"name": "file", "path": "/home/me/data/tickets.csv"},
            "model": {"kind": "encoder", "encoder": "/home/me/encoders/mine"},
            "distillation": {
                "teachers": ["runs/teacher", "/home/me/runs/other"],
                "unlabelled": ["/home/me/texts.txt.gz", "more.txt"],
            },
        }
    )
    examples = Examples(
        texts=("a",),
        labels=np.ones((1, 2), dtype=bool),
        taxonomy=Taxonomy("two", ("a", "b")),
        task="multi_label",
        ids=("1",),
        splits=np.array(["train"]),
        name="tickets",
    )
    told = provenance(recipe, examples, 1.0)
    assert "/home/me" not in json.dumps(told)
    assert told["recipe"]["model"]["encoder"] == "mine"
    assert told["recipe"]["distillation"]["teachers"] == ["runs/teacher", "other"]
    assert told["recipe"]["distillation"]["unlabelled"] == ["texts.txt.gz", "more.txt"]
