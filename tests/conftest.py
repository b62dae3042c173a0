"""What several test folders share: real data where it is, tiny data, tiny models."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

# The clients of the hub read this once, when they are imported. Without it a name that no folder
# has takes 25 seconds: that long they ask a network that is not there.
os.environ["HF_HUB_OFFLINE"] = "1"

from emoscope.data.examples import Examples
from emoscope.decisions import plain_policy
from emoscope.inference.classifier import EmotionClassifier
from emoscope.taxonomy import EMOTION, GOEMOTIONS, Task, Taxonomy, make_taxonomy


def pytest_collection_finish() -> None:
    """Leave what imports made out of garbage collection, which each training asks for."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _no_wait_for_the_disk() -> Iterator[None]:
    """Let fsync do nothing: no test cuts the power, and waiting takes half the time of some."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with the real data sets; skips where EMOSCOPE_DATA names none."""
    value = os.environ.get("EMOSCOPE_DATA")
    if not value:
        pytest.skip("EMOSCOPE_DATA is not set")
    return Path(value)


@pytest.fixture
def no_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without data: no environment variable, an empty cache, no hub."""
    monkeypatch.delenv("EMOSCOPE_DATA", raising=False)
    monkeypatch.setenv("EMOSCOPE_CACHE", str(tmp_path / "empty-cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


class WordScorer:
    """Scores a label by how often its name stands in the text: 4 per mention, minus 2."""

    def __init__(self, taxonomy: Taxonomy, task: Task) -> None:
        self.labels = taxonomy.labels
        self.task: Task = task
        self.calls = 0

    def logits(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Scores (n_texts, n_labels)."""
        self.calls += 1
        counts = [[text.lower().split().count(label) for label in self.labels] for text in texts]
        return 4.0 * np.array(counts, dtype=np.float32).reshape(len(texts), len(self.labels)) - 2.0


@pytest.fixture
def goemotions_classifier() -> EmotionClassifier:
    """28 labels; a label holds when its name stands in the text."""
    policy = plain_policy(GOEMOTIONS.labels, "multi_label")
    return EmotionClassifier(WordScorer(GOEMOTIONS, "multi_label"), policy, GOEMOTIONS)


@pytest.fixture
def emotion_classifier() -> EmotionClassifier:
    """6 labels, single-label."""
    policy = plain_policy(EMOTION.labels, "single_label")
    return EmotionClassifier(WordScorer(EMOTION, "single_label"), policy, EMOTION)


@pytest.fixture(scope="session")
def serve_in_thread() -> Iterator[Callable[[Any], str]]:
    """Serve an ASGI application on a free port, in this process; gives its address."""
    uvicorn = pytest.importorskip("uvicorn")
    running: list[tuple[Any, threading.Thread]] = []

    def start(app: Any) -> str:
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="on"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        running.append((server, thread))
        while not server.started:
            time.sleep(0.01)
        return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(10)


WORDS = {
    "joy": ("glad", "happy", "cheerful", "merry"),
    "anger": ("angry", "furious", "mad", "cross"),
    "fear": ("afraid", "scared", "nervous", "worried"),
    "surprise": ("amazed", "astonished", "startled", "stunned"),
}
FRAMES = ("i am {} today", "she was so {} about it", "they look {} and {} now", "we are {}")


def make_tiny_examples(task: str, n_train: int = 96, n_validation: int = 48) -> Examples:
    """Two-word emotions in four frames: learnable, and written for this test."""
    random = np.random.default_rng(7)
    labels = list(WORDS)
    texts, held = [], []
    for _ in range(n_train + n_validation):
        frame = FRAMES[random.integers(len(FRAMES))]
        # the first label is frequent, the last rare
        chosen = random.choice(len(labels), size=2, p=[0.4, 0.3, 0.2, 0.1])
        if task == "single_label" or "{} and {}" not in frame:
            chosen = [chosen[0], chosen[0]]
        texts.append(frame.format(*(WORDS[labels[c]][random.integers(4)] for c in chosen)))
        held.append([i in chosen for i in range(len(labels))])
    splits = np.array(["train"] * n_train + ["validation"] * n_validation)
    return Examples(
        texts=tuple(texts),
        labels=np.array(held),
        taxonomy=make_taxonomy("tiny", labels),
        task=task,  # type: ignore[arg-type]
        ids=tuple(str(i) for i in range(len(texts))),
        splits=splits,
        name="tiny",
    )


ARCHITECTURES = ("bert", "minilm", "distilbert", "roberta", "deberta-v3", "modernbert")


def tiny_config(architecture: str, n_words: int, **changes: Any) -> Any:
    """Two narrow layers of an architecture that transformers knows."""
    import transformers

    sizes = {
        "vocab_size": n_words,
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "max_position_embeddings": 32,
        "initializer_range": 0.1,  # at the usual 0.02 so small a model hardly leaves its start
    }
    own: dict[str, Any] = {}
    match architecture:
        case "bert":
            kind = transformers.BertConfig
        case "minilm":  # a BERT, narrow, with many heads and layers
            kind, own = transformers.BertConfig, {"num_attention_heads": 8, "num_hidden_layers": 6}
        case "distilbert":
            kind = transformers.DistilBertConfig
            names = {"hidden_size": "dim", "num_hidden_layers": "n_layers"}
            names |= {"num_attention_heads": "n_heads", "intermediate_size": "hidden_dim"}
            sizes = {names.get(name, name): size for name, size in sizes.items()}
        case "roberta":  # its positions begin behind that of the padding
            kind, own = transformers.RobertaConfig, {"type_vocab_size": 1, "pad_token_id": 0}
            own |= {"max_position_embeddings": 33, "bos_token_id": 2, "eos_token_id": 3}
        case "deberta-v3":
            kind = transformers.DebertaV2Config
            own = {
                "type_vocab_size": 0, "relative_attention": True, "position_buckets": 8,
                "pos_att_type": ["p2c", "c2p"], "share_att_key": True, "norm_rel_ebd": "layer_norm",
                "position_biased_input": False, "pooler_hidden_size": 32,
            }  # fmt: skip
        case "modernbert":
            kind = transformers.ModernBertConfig
            own = {
                "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3, "cls_token_id": 2,
                "sep_token_id": 3, "global_attn_every_n_layers": 2, "local_attention": 8,
            }  # fmt: skip
        case _:
            raise ValueError(architecture)
    return kind(**{**sizes, **own, **changes})


def save_tiny_encoder(folder: Path, architecture: str = "bert", **changes: Any) -> Path:
    """A random encoder with a word-level tokenizer, saved as on the hub: without a label head."""
    import tokenizers
    import torch
    import transformers

    words = {w for frame in FRAMES for w in frame.split()} | {w for g in WORDS.values() for w in g}
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = {w: i for i, w in enumerate([*special, *sorted(words - {"{}"})])}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = tokenizers.normalizers.Lowercase()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=32,
        model_input_names=["input_ids", "attention_mask"],
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = tiny_config(architecture, len(vocabulary), **changes)
    transformers.AutoModel.from_config(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_encoders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Architecture -> folder of a tiny random encoder; only read them."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    return {name: save_tiny_encoder(tmp_path_factory.mktemp(name), name) for name in ARCHITECTURES}


@pytest.fixture(params=ARCHITECTURES)
def each_encoder(request: pytest.FixtureRequest, tiny_encoders: dict[str, Path]) -> Path:
    """Folder of a tiny random encoder of each architecture in turn; only read it."""
    return tiny_encoders[request.param]


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a tiny random encoder; the same for the whole session, so only read it."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    return save_tiny_encoder(tmp_path_factory.mktemp("tiny_encoder"))


@pytest.fixture(scope="session")
def steady_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same without dropout, whose draws depend on how a batch is cut."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("steady_encoder")
    return save_tiny_encoder(folder, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)


@pytest.fixture(scope="session")
def tiny_examples() -> Examples:
    """144 texts of four emotions, multi-label, some with two of them; only read them."""
    made = make_tiny_examples("multi_label")
    made.labels.setflags(write=False)
    made.splits.setflags(write=False)
    return made


@pytest.fixture
def tiny_single_examples() -> Examples:
    """The same with one emotion each, single-label."""
    return make_tiny_examples("single_label")
