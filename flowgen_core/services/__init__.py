"""The gRPC servicers: translate in, call, translate out."""
