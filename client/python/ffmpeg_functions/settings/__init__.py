"""The request: its fields and checks, and the settings that come of it."""
