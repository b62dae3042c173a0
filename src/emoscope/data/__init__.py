"""Reading, splitting, sampling and auditing labelled texts.

:func:`load.load_examples` does it all from :class:`settings.DataSettings`; each reader is a file.
"""
