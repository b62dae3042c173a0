"""Reading tables of any size: CSV, TSV, JSON lines, plain text and Parquet, gzip or not."""
