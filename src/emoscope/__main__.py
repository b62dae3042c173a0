"""``python -m emoscope`` is ``emoscope``."""

from emoscope.cli import main

if __name__ == "__main__":
    main()
