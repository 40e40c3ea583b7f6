"""The client for asyncio: each stream has a thread, and nothing blocks the loop."""
