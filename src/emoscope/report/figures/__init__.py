"""One figure a file: ``draw`` makes it from plain arrays, ``read`` says what it shows."""
