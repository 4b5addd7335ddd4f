"""The core of FlowGen: one engine that runs conversational flows, behind one gRPC contract."""
