from __future__ import annotations

import pytest
from pydantic import ValidationError

from emoscope.training.settings import (
    AugmentationSettings,
    EncoderModel,
    FocalLoss,
    MiniBertModel,
    Settings,
    TrainingSettings,
)


def every_settings_class(base: type[Settings] = Settings) -> list[type[Settings]]:
    return [c for sub in base.__subclasses__() for c in (sub, *every_settings_class(sub))]


@pytest.mark.parametrize("kind", every_settings_class(), ids=lambda c: c.__name__)
def test_every_field_says_what_it_is_in_a_sentence(kind):
    for name, field in kind.model_fields.items():
        if name == "kind":
            continue
        assert field.description, f"{kind.__name__}.{name}"
        assert field.description.rstrip().endswith("."), f"{kind.__name__}.{name}"


def test_unknown_keys_are_refused():
    for kind in (TrainingSettings, EncoderModel, AugmentationSettings, MiniBertModel):
        with pytest.raises(ValidationError, match="Extra inputs"):
            kind.model_validate({"learning_rat": 1})
    with pytest.raises(ValidationError, match="gama"):
        TrainingSettings.model_validate({"loss": {"kind": "focal", "gama": 1}})


def test_a_loss_may_be_named_alone():
    assert TrainingSettings.model_validate({"loss": "focal"}).loss == FocalLoss()
    with pytest.raises(ValidationError, match="focal"):
        TrainingSettings.model_validate({"loss": "hinge"})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"batch_size": 30, "gradient_accumulation": 4}, "equal parts"),
        ({"mixup": 0.2, "r_drop": 1.0}, "exclude each other"),
        ({"epochs": 0}, "greater than 0"),
        ({"ema": 1.0}, "less than 1"),
        ({"device": "tpu"}, "cpu"),
    ],
)
def test_impossible_values_say_why(changes, reason):
    with pytest.raises(ValidationError, match=reason):
        TrainingSettings.model_validate(changes)


def test_rotary_positions_need_even_heads():
    with pytest.raises(ValidationError, match="twice heads"):
        MiniBertModel(hidden_size=100, heads=8)


def test_settings_read_back_from_their_own_dump():
    settings = TrainingSettings.model_validate(
        {"loss": {"kind": "asymmetric", "clip": 0.1}, "augmentation": {"swap": 0.1}}
    )
    assert TrainingSettings.model_validate(settings.model_dump(mode="json")) == settings
    assert settings.augmentation.active
    assert not TrainingSettings().augmentation.active
