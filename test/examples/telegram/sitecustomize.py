"""Python imports this at its start: programs that connect to Telegram get the stand-in."""

import os

if "HEARD" in os.environ:
    import telethon
    from pytgcalls.pytgcalls_session import PyTgCallsSession

    from telegram import Telegram

    telethon.TelegramClient = Telegram
    PyTgCallsSession.notice_displayed = True  # or it looks for a newer version on the network
