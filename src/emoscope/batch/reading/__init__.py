"""Input files to chunks of rows."""
