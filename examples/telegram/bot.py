"""Plays links that are posted in a Telegram chat to the voice chat of that chat."""

import asyncio
import contextlib
import os
import signal

from ffmpeg_functions import AsyncClient, FfmpegFunctionsError
from player import Player
from pytgcalls import PyTgCalls
from pytgcalls.types import AudioQuality, Device, ExternalMedia, MediaStream
from telethon import TelegramClient, events


async def serve(telegram, chat, client):
    """Runs until it is cancelled. `telegram` is a connected client; its account joins the voice chat."""
    calls = PyTgCalls(telegram)
    player = Player(client, lambda frame: calls.send_frame(chat, Device.MICROPHONE, frame))

    @telegram.on(events.NewMessage(chats=chat, pattern=r"/(\w+)\s*(\S*)"))
    async def command(message):
        try:
            await obey(player, message.pattern_match[1], message.pattern_match[2])
        except (FfmpegFunctionsError, ValueError) as error:
            await message.reply(str(error))

    await calls.start()
    await calls.play(chat, MediaStream(ExternalMedia.AUDIO, AudioQuality.HIGH))  # 48 kHz, 2 channels
    try:
        await player.run()
    finally:
        await calls.leave_call(chat)


async def obey(player, name, value):
    if name == "play":
        player.add(value)
    elif name in ("pause", "resume", "skip"):
        getattr(player, name)()
    elif name in ("volume", "speed"):
        await player.change(**{name: float(value)})


async def main():
    telegram = TelegramClient("radio", int(os.environ["TELEGRAM_API_ID"]), os.environ["TELEGRAM_API_HASH"])
    chat = int(os.environ["TELEGRAM_CHAT"])
    async with telegram, AsyncClient(os.environ["FFN_URL"], api_key=os.environ.get("FFN_API_KEY")) as client:
        serving = asyncio.create_task(serve(telegram, chat, client))
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, serving.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await serving


if __name__ == "__main__":
    asyncio.run(main())
