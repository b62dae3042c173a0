"""The command line: one file a verb, each a thin shell over a function that lives below."""

from __future__ import annotations

import sys

from emoscope.errors import EmoscopeError


def main() -> None:
    """Run ``emoscope``; an error that a user can mend is one paragraph and exit code 2."""
    from emoscope.cli.app import app

    try:
        app()
    except EmoscopeError as error:
        from emoscope.cli.terminal import fail

        sys.exit(fail(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output, as `head`, has seen enough
        sys.stderr.close()
        sys.exit(141)
