"""One folder for each public API that the gateway speaks."""
