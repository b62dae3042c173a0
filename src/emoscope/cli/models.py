"""``emoscope models``: what is opened by name."""

from __future__ import annotations

from emoscope.cli import options as opt


def models(
    as_json: opt.JsonOption = False,
) -> None:
    """List the models that ship with emoscope: use one as [bold]--model NAME[/bold]."""
    from emoscope.cli.terminal import plain_json, show, show_table  # deferred: start-up
    from emoscope.loading.catalogue import CATALOGUE  # deferred: start-up
    from emoscope.metrics.formatting import number  # deferred: start-up

    every = [model for model in CATALOGUE.values() if model.is_installed]
    if as_json:
        show(plain_json([model.to_json() for model in every]))
        return
    show_table(
        ("model", "size", "labels", "macro-F1", "micro-F1", "what it is good for"),
        [
            (
                model.name,
                f"{model.size / 1e6:.1f} MB",
                str(len(model.manifest.labels)),
                *(number(model.figures.get(name)) for name in ("macro_f1", "micro_f1")),
                model.purpose,
            )
            for model in every
        ],
        numbers=False,
    )
