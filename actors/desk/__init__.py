"""The desk: catalog writer, publisher and announcer, operators' gRPC; one file per noun."""
