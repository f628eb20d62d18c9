"""What a rate sheet says and does, as values: no columns of Polars here, so that live processes may import it."""
