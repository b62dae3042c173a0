"""Error analysis: texts, labels and slices with errors, likely label errors, shared texts."""
