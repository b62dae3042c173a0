"""Distillation: a student learns what its teachers say of labelled and unlabelled texts."""
