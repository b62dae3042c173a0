"""Labelled chunks to bytes, and bytes to a file that is whole or not there."""
