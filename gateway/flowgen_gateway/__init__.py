"""The gateway: FastAPI in front of the core, one folder a documented API."""
