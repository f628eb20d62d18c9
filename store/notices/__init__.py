"""Files of the sheets that we send. For tasks only: Polars does not belong into live processes."""
