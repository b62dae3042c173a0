"""The model folder: how a trained model lies on disk, as frozen data with checksums."""
