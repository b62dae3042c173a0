"""How each kind of scorer is opened from its model folder: one file each."""
