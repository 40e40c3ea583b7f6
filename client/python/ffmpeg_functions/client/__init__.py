"""The client for threads, and the code that it shares with the client for asyncio."""
