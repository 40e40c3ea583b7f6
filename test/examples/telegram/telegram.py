"""Stands in for Telegram's servers in a private call between two accounts on this machine."""

import asyncio
import itertools
import json
import os
import pathlib
import signal
from types import SimpleNamespace

from ntgcalls import (
    AudioDescription,
    ConnectionState,
    DhConfig,
    MediaDescription,
    MediaSource,
    NTgCalls,
    StreamMode,
)
from telethon import TelegramClient
from telethon.sessions import StringSession
from telethon.tl import functions, types

CALLER, LISTENER = 111, 222
# The 2,048-bit safe prime of RFC 3526, group 14.
PRIME = bytes.fromhex(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AACAA68FFFFFFFFFFFFFFFF"
)


class Listener:
    """The account that is called: a second ntgcalls that keeps the audio it receives."""

    def __init__(self):
        self.calls, self.heard, self.connected = NTgCalls(), [], asyncio.Event()
        self.loop = asyncio.get_running_loop()
        self.calls.on_frames(self._hear)
        self.calls.on_connection_change(self._change)

    def _hear(self, _chat, _mode, _device, frames):
        self.heard.extend(frame.data for frame in frames)

    def _change(self, _chat, info):
        if info.state == ConnectionState.CONNECTED:
            self.loop.call_soon_threadsafe(self.connected.set)

    async def accept(self, g_a_hash):
        await self.calls.create_p2p_call(CALLER)
        sound = AudioDescription(MediaSource.EXTERNAL, 48_000, 2, "", False)
        await self.calls.set_stream_sources(
            CALLER, StreamMode.PLAYBACK, MediaDescription(sound, None, None, None)
        )
        return await self.calls.init_exchange(CALLER, DhConfig(3, PRIME, os.urandom(256)), g_a_hash)


class Telegram(TelegramClient):
    """Answers the requests of a private call itself, and hands signaling to the listener and back."""

    __module__ = "telethon"  # py-tgcalls recognises the kind of client by its module

    def __init__(self, session, api_id, api_hash):
        super().__init__(StringSession(), api_id, api_hash)
        self.listener, self.message_ids = Listener(), itertools.count(1)
        loop = asyncio.get_running_loop()

        def send(_chat, data):
            asyncio.run_coroutine_threadsafe(self.update(types.UpdatePhoneCallSignalingData(7, data)), loop)

        self.listener.calls.on_signaling_data(send)

    async def __aenter__(self):
        self.evening = asyncio.create_task(spend(self))
        return self

    async def __aexit__(self, *_):
        await self.evening
        await self.listener.calls.stop(CALLER)

    def is_connected(self):
        return True

    async def get_me(self, input_peer=False):
        return types.User(CALLER)

    async def get_input_entity(self, peer):
        return types.InputPeerUser(LISTENER, 0)

    async def _call(self, sender, request, *_args, **_options):
        if isinstance(request, functions.messages.GetDhConfigRequest):
            return types.messages.DhConfig(3, PRIME, 1, os.urandom(256))
        if isinstance(request, functions.phone.RequestCallRequest):
            g_b = await self.listener.accept(request.g_a_hash)
            accepted = types.PhoneCallAccepted(7, 0, None, CALLER, LISTENER, g_b, request.protocol)
            asyncio.get_running_loop().call_later(0.05, self.update_soon, types.UpdatePhoneCall(accepted))
            return SimpleNamespace(phone_call=types.PhoneCallWaiting(7, 0, None, CALLER, LISTENER, request.protocol))
        if isinstance(request, functions.phone.ConfirmCallRequest):
            listener = self.listener.calls
            await listener.exchange_keys(CALLER, request.g_a, request.key_fingerprint)
            await listener.connect_p2p(CALLER, [], request.protocol.library_versions, True, None)
            confirmed = types.PhoneCall(
                7, 0, None, CALLER, LISTENER, b"", request.key_fingerprint, request.protocol, [], None, p2p_allowed=True
            )
            return SimpleNamespace(phone_call=confirmed)
        if isinstance(request, functions.phone.SendSignalingDataRequest):
            await self.listener.calls.send_signaling_data(CALLER, request.data)
            return True
        if isinstance(request, functions.phone.DiscardCallRequest):
            return None
        raise NotImplementedError(type(request).__name__)

    def update_soon(self, update):
        asyncio.ensure_future(self.update(update))

    async def update(self, update):
        update._entities = {}
        await self._dispatch_update(update)

    async def type(self, text):
        """What the listener types in the chat."""
        message = types.Message(next(self.message_ids), types.PeerUser(LISTENER), None, text)
        await self.update(types.UpdateNewMessage(message, 0, 0))


async def spend(telegram):
    """Types the commands of COMMANDS (JSON: texts, each with the seconds after it), then writes HEARD and ends the bot."""
    marks, heard = [], telegram.listener.heard
    await asyncio.wait_for(telegram.listener.connected.wait(), 20)
    for text, seconds in json.loads(os.environ["COMMANDS"]):
        marks.append({"text": text, "frame": len(heard)})
        await telegram.type(text)
        if text.startswith("/skip") or len(marks) == 1:
            await sound(heard)
        await asyncio.sleep(seconds)
    pathlib.Path(os.environ["HEARD"]).write_bytes(b"".join(heard))
    print(json.dumps({"marks": marks, "frames": len(heard), "sizes": sorted({len(data) for data in heard})}))
    os.kill(os.getpid(), signal.SIGTERM)


async def sound(heard):
    """Returns when there is sound, half a second from now at the earliest."""
    await asyncio.sleep(0.5)
    for _ in range(2_000):
        if heard and any(heard[-1]):
            return
        await asyncio.sleep(0.01)
