"""What is alive: desk, shards, nodes with their gateways, and the typed refs by which all reach them."""
