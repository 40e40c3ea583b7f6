"""The request: its fields, their validation, and the resulting settings."""
