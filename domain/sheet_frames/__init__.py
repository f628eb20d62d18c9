"""Rate sheets in columns (Polars): what tasks do with 100,000 rates at once. No live process imports this."""
