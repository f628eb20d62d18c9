"""Files of rates: read from any form that partners send, and kept as they came."""
