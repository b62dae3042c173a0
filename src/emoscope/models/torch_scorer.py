"""A live torch model behind the scorer port: what training judges, and what is not exported yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emoscope.errors import DeviceError, MissingExtra, ModelFolderError, first_line

try:
    import torch
    import transformers
except ImportError as error:
    raise MissingExtra("train", "Running a model that is not exported to ONNX") from error

import emoscope.models.mean_pooling
import emoscope.models.minibert  # noqa: F401  (both register their classes with the Auto classes)
from emoscope.model_folder.manifest import Manifest
from emoscope.models.quiet import quiet_transformers
from emoscope.scorers.runtime_options import Device
from emoscope.scorers.scorer import Scored
from emoscope.scorers.token_batches import chunks
from emoscope.taxonomy import Task
from emoscope.text import NEWEST
from emoscope.tokenizers.window_tokenizer import DEFAULT_MAX_LENGTH, WindowTokenizer
from emoscope.tokenizers.windows import batches_by_length, join


class TorchScorer:
    """A transformers sequence classifier and its tokenizer, as a :class:`Scorer`."""

    def __init__(
        self,
        model: transformers.PreTrainedModel,
        tokenizer: transformers.PreTrainedTokenizerFast,
        labels: Sequence[str],
        task: Task,
        *,
        max_length: int = DEFAULT_MAX_LENGTH,
        normalisation: str = NEWEST,
        batch_size: int = 64,
    ) -> None:
        """Score with ``model`` where it lies; ``max_length`` counts special tokens too."""
        self.model = model
        self.labels = tuple(labels)
        self.task: Task = task
        self.batch_size = batch_size
        # from its text: what is written into the model's folder, whatever the caller's does now
        description = tokenizer.backend_tokenizer.to_str()
        self.tokenizer = WindowTokenizer.from_json(description, max_length, normalisation)

    @classmethod
    def load(cls, folder: Path, manifest: Manifest, device: Device = "cpu") -> TorchScorer:
        """Open a model folder; ``auto`` is CUDA where torch has it, else the processor.

        Raises :class:`~emoscope.errors.ModelFolderError` when transformers cannot read it or it
        has another number of labels than its manifest, and :class:`~emoscope.errors.DeviceError`
        when ``device`` is not there.
        """
        try:
            with quiet_transformers():
                # without a plain False transformers asks whether to run a folder's own code, and
                # takes the answer from standard input, where texts come from
                model = transformers.AutoModelForSequenceClassification.from_pretrained(
                    folder, use_safetensors=True, local_files_only=True, trust_remote_code=False
                )
                tokenizer = transformers.AutoTokenizer.from_pretrained(
                    folder, local_files_only=True, trust_remote_code=False
                )
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ModelFolderError(
                f"The model in {str(folder)!r} cannot be read: {first_line(error)}. "
                "Copy the model folder again, or train the model again."
            ) from error
        if model.config.num_labels != len(manifest.labels):
            raise ModelFolderError(
                f"config.json in {str(folder)!r} has {model.config.num_labels} labels and its "
                f"manifest {len(manifest.labels)}. Copy the model folder again as a whole."
            )
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        return cls(
            _moved(model, device),
            tokenizer,
            manifest.labels,
            manifest.task,
            max_length=manifest.max_length or DEFAULT_MAX_LENGTH,
            normalisation=manifest.normalisation,
        )

    def logits(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Raw scores of ``texts``, shape (n_texts, n_labels), in the order given."""
        parts = [part.scores for part in self.score_parts(texts)]
        return np.concatenate([np.empty((0, len(self.labels)), dtype=np.float32), *parts])

    def score_parts(self, texts: Iterable[str]) -> Iterator[Scored]:
        """Scores as of :meth:`logits`, and notes, in parts in order."""
        for chunk in chunks(texts):
            bodies = self.tokenizer.bodies(chunk)
            training = self.model.training
            self.model.eval()
            try:
                scores = self._score(bodies)
            finally:
                self.model.train(training)
            yield Scored(scores, tuple(self.tokenizer.notes(bodies)))

    @torch.inference_mode()
    def _score(self, bodies: Sequence[Sequence[int]]) -> npt.NDArray[np.float32]:
        windows = self.tokenizer.windows_of(bodies)
        scores = np.empty((len(windows.ids), len(self.labels)), dtype=np.float32)
        for rows in batches_by_length([len(ids) for ids in windows.ids], self.batch_size):
            ids, mask = self.tokenizer.pad([windows.ids[row] for row in rows])
            scores[rows] = self._forward(torch.from_numpy(ids), torch.from_numpy(mask))
        return join(scores, windows, self.task)

    def _forward(self, ids: torch.Tensor, mask: torch.Tensor) -> npt.NDArray[np.float32]:
        device = self.model.device
        out: Any = self.model(input_ids=ids.to(device), attention_mask=mask.to(device))
        found: npt.NDArray[np.float32] = out.logits.float().cpu().numpy()
        return found


def _moved(model: Any, device: str) -> Any:
    try:
        return model.to(device)
    except (RuntimeError, AssertionError) as error:
        raise DeviceError(
            f"The device {device!r} is not available: {first_line(error)}. Use cpu."
        ) from error
