"""The service: its connections, its answers, and whether it is worth a request."""
