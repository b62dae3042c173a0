"""``emoscope pretrain``: an encoder of our own from text without labels."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from emoscope.cli import slurm as cluster


def pretrain(
    context: typer.Context,
    text: Annotated[
        list[Path],
        typer.Option(help="UTF-8 file with one text a line, gzip too; more may follow it."),
    ],
    more: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", hidden=True)] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="New folder for the encoder.")
    ] = Path("runs/pretrained"),
    epochs: Annotated[float, typer.Option(min=0.001, help="Passes over the texts.")] = 5.0,
    max_steps: Annotated[
        int | None, typer.Option(min=1, help="Stop after so many steps; for trying out.")
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Texts in a step.")] = 128,
    learning_rate: Annotated[float, typer.Option(min=1e-9, help="Peak learning rate.")] = 1e-3,
    vocabulary: Annotated[str, typer.Option(help="wordpiece or bpe.")] = "wordpiece",
    vocabulary_size: Annotated[int, typer.Option(min=100, help="Tokens at most.")] = 20_000,
    hidden_size: Annotated[int, typer.Option(min=8, help="Width of the blocks.")] = 256,
    layers: Annotated[int, typer.Option(min=1, help="Number of blocks.")] = 3,
    max_length: Annotated[int, typer.Option(min=4, help="Tokens read at once.")] = 128,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all that is random.")] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an unfinished pretraining.")
    ] = False,
    slurm: cluster.SlurmOption = None,
    wait: cluster.WaitOption = False,
    dry_run: cluster.DryRunOption = False,
) -> None:
    """Learn a vocabulary and a MiniBERT from text without labels, by guessing masked words.

    Go on with labels: [bold]emoscope train minibert-goemotions --pretrained FOLDER[/bold].
    """
    from emoscope.cli.terminal import show, tell  # deferred: start-up
    from emoscope.data.unlabelled import read_unlabelled  # deferred: start-up
    from emoscope.errors import RecipeError  # deferred: start-up

    if vocabulary not in ("wordpiece", "bpe"):
        raise RecipeError(f"--vocabulary {vocabulary!r} is not known. Give wordpiece or bpe.")
    paths = [*text, *(more or ())]
    if cluster.is_submitted(slurm, wait=wait, dry_run=dry_run):
        from emoscope.io.input_files import find_inputs  # deferred: start-up
        from emoscope.slurm.work import Submission, Work  # deferred: start-up
        from emoscope.training.run_folder import check_new_folder  # deferred: start-up

        find_inputs(paths)
        check_new_folder(output, resume=resume)
        work = Work.resumed(cluster.words_of(context), output)
        cluster.submit(context, slurm, Submission(output.name, (work,)), wait=wait, dry_run=dry_run)
        return
    from emoscope.models.minibert_config import MiniBertConfig  # deferred: start-up
    from emoscope.models.vocabulary import VocabularyOptions  # deferred: extra train
    from emoscope.training.pretrain import (  # deferred: extra train
        PretrainOptions,
        pretrain,
    )

    try:
        config = MiniBertConfig(hidden_size=hidden_size, num_hidden_layers=layers)
    except ValueError as error:
        raise RecipeError(f"--hidden-size {hidden_size}: {error}") from error
    read = read_unlabelled(paths)
    found = pretrain(
        read.texts,
        output,
        config=config,
        vocabulary=VocabularyOptions(
            vocabulary,  # type: ignore[arg-type]  # checked above
            size=vocabulary_size,
            max_length=max_length,
        ),
        options=PretrainOptions(
            epochs=epochs,
            max_steps=max_steps,
            batch_size=batch_size,
            learning_rate=learning_rate,
            seed=seed,
        ),
        files=read.files,
        resume=resume,
        say=tell,
        progress=sys.stderr.isatty(),
    )
    show(f"texts    {found.texts:,}")
    show(f"loss     {found.untrained_loss:.3f} before, {found.loss:.3f} after (masked words)")
    show(f"encoder  {found.folder}")
