"""``--slurm``: a command that is submitted instead of run here.

A command that can be is mounted with :class:`SlurmCommand`, takes the options below, checks its
own arguments as ever, and calls :func:`submit`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, TypeGuard

import typer
from typer.core import TyperCommand

from emoscope.errors import SlurmError

if TYPE_CHECKING:
    from emoscope.slurm.work import Submission

SlurmOption = Annotated[
    str | None,
    typer.Option(
        "--slurm",
        metavar="[PROFILE.toml]",
        help="Submit to SLURM, with --slurm.time 4:00:00 and other options: emoscope jobs "
        "--settings lists them. A profile holds those of a site. Or EMOSCOPE_SLURM.",
    ),
]
WaitOption = Annotated[
    bool, typer.Option("--wait", help="With --slurm: follow the job until it ends.")
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="With --slurm: print the sbatch script; then leave.")
]
_KEY = "emoscope.slurm"


@dataclass
class SlurmWords:
    """The words of a command line, those for SLURM apart."""

    arguments: list[str] = field(default_factory=list)
    """The command without them, as the job runs it."""
    parsed: list[str] = field(default_factory=list)
    """What the parser gets: each option with one value or none."""
    options: dict[str, str] = field(default_factory=dict)
    """``--slurm.KEY VALUE``."""


class SlurmCommand(TyperCommand):
    """Reads the options of SLURM before the parser does, which cannot know them all."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take them out, and parse the rest."""
        words = ctx.meta[_KEY] = split_words(args)
        return super().parse_args(ctx, words.parsed)


def split_words(words: Sequence[str]) -> SlurmWords:
    """Take the options of SLURM out of a command line.

    The word after ``--slurm`` is a profile if it ends in .toml. A ``--slurm.KEY`` alone submits
    too. Raises :class:`SlurmError` for one without a value.
    """
    found = SlurmWords()
    rest = list(words)
    profile: str | None = None
    while rest:
        word = rest.pop(0)
        if word == "--":
            found.arguments += [word, *rest]
            break
        if word == "--slurm":
            profile = rest.pop(0) if rest and rest[0].endswith(".toml") else profile or ""
        elif word.startswith("--slurm="):
            profile = word.removeprefix("--slurm=")
        elif word.startswith("--slurm."):
            key, equals, value = word.removeprefix("--slurm.").partition("=")
            if not equals and (not rest or rest[0].startswith("--")):
                raise SlurmError(f"{word} needs a value. Write {word} VALUE.")
            found.options[key.replace("-", "_") if "." not in key else key] = (
                value if equals else rest.pop(0)
            )
        else:
            found.arguments.append(word)
    found.parsed = list(found.arguments)
    if profile is None and found.options:
        profile = ""
    if profile is not None:
        found.parsed.insert(0, f"--slurm={profile}")
        own = ("--wait", "--dry-run")
        end = found.arguments.index("--") if "--" in found.arguments else len(found.arguments)
        found.arguments = [
            word for i, word in enumerate(found.arguments) if i >= end or word not in own
        ]
    return found


def words_of(context: typer.Context) -> tuple[str, ...]:
    """The command line without what is for SLURM; its first word is the command."""
    words: SlurmWords = context.meta[_KEY]
    return (context.info_name or "", *words.arguments)


def is_submitted(slurm: str | None, *, wait: bool, dry_run: bool = False) -> TypeGuard[str]:
    """Tell whether the command is for SLURM.

    Raises :class:`SlurmError` for options that mean nothing without ``--slurm``.
    """
    if slurm is None and (wait or dry_run):
        option = "--wait" if wait else "--dry-run"
        raise SlurmError(f"{option} is for jobs. Add --slurm, or leave {option} out.")
    return slurm is not None


def submit(
    context: typer.Context, profile: str, submission: Submission, *, wait: bool, dry_run: bool
) -> None:
    """Submit and say what the job is called, or print what would be submitted.

    ``context.obj`` is the function that runs the words of a command line.
    """
    from emoscope.cli.follow import follow  # deferred: start-up
    from emoscope.cli.terminal import show  # deferred: start-up
    from emoscope.slurm import submit as slurm_submit  # deferred: extra slurm
    from emoscope.slurm.settings import read_settings  # deferred: start-up

    words: SlurmWords = context.meta[_KEY]
    settings = read_settings(profile, words.options, os.environ)
    several = sorted({"nodes", "tasks"} & words.options.keys())
    if several and not submission.trains:
        raise SlurmError(
            f"--slurm.{several[0]} is for processes that train together, and {words_of(context)[0]}"
            " is one process. Leave it out."
        )
    if submission.shared:
        submission = replace(submission, works=submission.works * settings.workers)
    if dry_run:
        show(slurm_submit.script(submission, settings).rstrip("\n"))
        return
    record = slurm_submit.submit(submission, settings, context.obj)
    many = "" if record.members is None else f", an array of {record.members}"
    show(f"job        {record.id}{many}")
    show(f"log        {record.log(record.member_ids[0])}")
    if wait:
        follow(record)
    else:
        show(f"follow     emoscope jobs {record.id} --wait")
