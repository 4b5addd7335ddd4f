"""The plugins that come with FlowGen; each uses the door that everyone uses."""
