"""The command line: one file a verb, each a thin shell over a function that lives below."""

from __future__ import annotations

import sys

from emoscope.cli.standard_streams import discard_output, leave_quietly, prepare_streams
from emoscope.errors import EmoscopeError


def main() -> None:
    """Run ``emoscope``; an error that a user can correct is one paragraph and exit code 2."""
    prepare_streams()
    from emoscope.cli.app import app  # deferred: start-up
    from emoscope.cli.terminal import fail  # deferred: start-up

    try:
        try:
            app()
        finally:
            sys.stdout.flush()  # an error here can still be reported; at exit it is a traceback
    except EmoscopeError as error:
        sys.exit(fail(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        leave_quietly()
    except OSError as error:
        discard_output()
        sys.exit(fail(EmoscopeError(_explained(error))))


def _explained(error: OSError) -> str:
    reason = error.strerror or str(error)
    if error.filename is not None:
        return f"{error.filename}: {reason}. Check that it is there and that you may use it."
    return (
        f"Reading standard input or writing standard output failed: {reason}. Check that both are "
        "open, and that the disk is not full."
    )
