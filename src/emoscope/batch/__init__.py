"""Label files of any size: no row is lost, and an interrupted job can be resumed."""
