"""The client for threads, and what it shares with the one for asyncio."""
