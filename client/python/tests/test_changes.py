from __future__ import annotations

import io
import json
import socket
import threading
import wave
from typing import Any, Callable, Dict, List

from ffmpeg_functions import Client, Event, FfmpegFunctionsError, FilterChange, LegEvent, Timeouts

from servers import CHUNKED, chunk, server
from sound import PCM_SECOND, RATE, source_second
from system import NOWHERE, Lateness, SystemTest, control, eventually

ADJUST = ["speed", "equalizer", "volume"]


class ByAnotherClient(SystemTest):
    """A client follows the events of its streams and so learns of changes by other clients."""

    def test_is_kept_when_the_service_dies(self) -> None:
        service = control("/start-recorded-host")["service"]
        self.addCleanup(control, "/kill-recorded-host")
        with Client(service) as client, Client(service) as other, Lateness() as late:
            fields: Dict[str, Any] = {"live": True, "adjust": ADJUST, "lead_seconds": 0.5}
            with client.transcode(f"{self.source}/sweep.flac", "pcm", **fields) as stream:
                data = stream.read(PCM_SECOND)
                change = other.set_filters(stream.id, speed=2, volume=0.5)
                data += stream.read(PCM_SECOND * 3 // 2)
                eventually(lambda: self.assertEqual(stream.filters, change.filters), within=20)
                data += stream.read(PCM_SECOND // 2)
                at = change.applied_at_sample / RATE
                self.assertAlmostEqual(stream.position_seconds, at + (3 - at) * 2, delta=0.1)
                control("/kill-recorded-host")
                data += stream.read(PCM_SECOND * 3)
                self.assertEqual((stream.via, stream.filters), ("fallback", change.filters))
        for second in (2.5, 5.7):
            self.assertAlmostEqual(source_second(data, second), at + (second - at) * 2, delta=late.tolerance(1))


class Answers:
    """A service with silent audio, whose responses to changes and whose events are set by a test."""

    def __init__(self, on_patch: Callable[[Dict[str, Any]], Dict[str, Any]]) -> None:
        self.patches: List[Dict[str, Any]] = []
        self.followed: List[bytes] = []
        self.streams = 0
        self.events = b""
        self.told = threading.Event()
        self._on_patch = on_patch

    def __call__(self, connection: socket.socket, ended: threading.Event) -> None:
        head, _, body = connection.recv(65_536).partition(b"\r\n\r\n")
        if head.startswith(b"POST"):
            self.streams += 1
            connection.sendall(CHUNKED + chunk(bytes(200_000)))
            ended.wait()
        elif head.startswith(b"PATCH"):
            self.patches.append(json.loads(body or connection.recv(65_536)))
            answered = self._on_patch(self.patches[-1])
            status = b"409 Conflict" if "code" in answered else b"200 OK"
            answer = json.dumps(answered).encode()
            connection.sendall(b"HTTP/1.1 %s\r\ncontent-length: %d\r\n\r\n" % (status, len(answer)) + answer)
        else:
            self.followed.append(head.lower())
            self.told.wait(10)
            answer = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
            connection.sendall(answer + chunk(self.events) + chunk(b""))


def in_force(at_sample: int, **filters: Any) -> Dict[str, Any]:
    return {"filters": {"speed": 1, "pitch": 0, "volume": 1, **filters}, "applied_at_sample": at_sample}


def event(number: int, data: Any, name: str = "filters") -> bytes:
    return b": keep-alive\n\nid: %d\nevent: %s\ndata: %s\n\n" % (number, name.encode(), json.dumps(data).encode())


class Order(SystemTest):
    def test_a_late_report_does_not_override_a_later_change(self) -> None:
        """Another client doubles the speed, then this client changes the volume; both changes are reported."""
        mine = in_force(30_000, speed=2, volume=0.5)
        service = Answers(lambda patch: mine)
        service.events = event(1, {"percent": 1}, "progress") + event(2, in_force(20_000, speed=2)) + event(3, mine)
        with server(service) as url, Client(url, timeouts=Timeouts(silence=60)) as client:
            with client.transcode(f"{self.source}/noise.mp3", "pcm", live=True, adjust=ADJUST) as stream:
                stream.read(160_000)
                changed = stream.set_filters(volume=0.5)
                service.told.set()
                # It reconnects after the end, and continues after the last event.
                eventually(lambda: self.assertGreater(len(service.followed), 1), within=20)
                self.assertEqual(stream.filters, mine["filters"])
                self.assertEqual(changed.filters, mine["filters"])
                # 40,000 samples, half of them at double speed.
                self.assertAlmostEqual(stream.position_seconds, 60_000 / RATE)
            self.assertNotIn(b"last-event-id", service.followed[0])
            self.assertIn(b"last-event-id: 3", service.followed[1])

    def test_the_last_request_wins_and_each_caller_gets_the_filters_in_force(self) -> None:
        goes_on = threading.Event()
        values: Dict[str, Any] = {}

        def on_patch(patch: Dict[str, Any]) -> Dict[str, Any]:
            goes_on.wait(20)
            values.update(patch)
            return in_force(10_000, **values)

        service = Answers(on_patch)
        changes: Dict[float, FilterChange] = {}
        with server(service) as url, Client(url, timeouts=Timeouts(silence=60, request=60)) as client:
            with client.transcode(f"{self.source}/noise.mp3", "pcm", live=True, adjust=ADJUST) as stream:
                threads = []
                for volume in (0.1, 0.2, 0.3, 0.4):
                    threads.append(
                        threading.Thread(target=lambda v=volume: changes.update({v: stream.set_filters(volume=v)}))
                    )
                    threads[-1].start()
                    eventually(lambda: self.assertEqual(self.asked(service, stream), volume))
                goes_on.set()
                for thread in threads:
                    thread.join()
                self.assertEqual(stream.filters["volume"], 0.4)
        self.assertEqual([patch["volume"] for patch in service.patches], [0.1, 0.4])
        told = [changes[volume].filters["volume"] for volume in (0.1, 0.2, 0.3, 0.4)]
        self.assertEqual(told, [0.1, 0.4, 0.4, 0.4])
        self.assertEqual(service.streams, 1)

    def test_a_change_whose_encoder_fails_is_kept_for_the_next_one(self) -> None:
        details = {"state": "failed"}
        ended = {"code": "CONFLICT", "message": "the stream has ended", "details": details, "recoverable": False}
        service = Answers(lambda patch: ended)
        with server(service) as url, Client(url, timeouts=Timeouts(silence=60)) as client:
            with client.transcode(f"{self.source}/noise.mp3", "pcm", live=True, adjust=ADJUST) as stream:
                stream.read(40_000)
                change = stream.set_filters(volume=0.5)
                self.assertEqual(change.filters["volume"], 0.5)
                self.assertEqual(stream.filters, change.filters)
                details["state"] = "completed"
                with self.assertRaises(FfmpegFunctionsError) as raised:
                    stream.set_filters(volume=0.25)
                self.assertEqual(raised.exception.code, "CONFLICT")
                self.assertEqual(stream.filters["volume"], 0.5)

    def asked(self, service: Answers, stream: Any) -> Any:
        """Returns the last requested volume, whether it waits or was sent."""
        waiting = stream._source.changes.waiting
        return waiting.patch["volume"] if waiting is not None else [0, *(p["volume"] for p in service.patches)][-1]

    def test_a_change_while_an_ffmpeg_starts_is_not_lost(self) -> None:
        """ffmpeg has no filter graph yet and would never reply."""
        events: List[Event] = []
        made = threading.Event()
        taken: List[FilterChange] = []
        held: List[Any] = []

        def source(connection: socket.socket, ended: threading.Event) -> None:
            asked = connection.recv(65_536).split(b" ")[1]
            if asked == b"/second.wav" and not taken and made.wait(20):
                taken.append(held[0].set_filters(volume=0.5))
            sound = wav(4 if asked == b"/second.wav" else 1)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(sound) + sound)

        with server(source) as origin, Client(NOWHERE, on_event=events.append) as client:
            items = [f"{origin}/first.wav", f"{origin}/second.wav"]
            with client.playlist(items, "pcm", adjust=["volume"]) as stream:
                held.append(stream)
                made.set()
                data = stream.read()
            held.clear()
            self.assertEqual(client.counters.resumes, 0)
        self.assertEqual([change.filters["volume"] for change in taken], [0.5])
        self.assertEqual([e.via for e in events if isinstance(e, LegEvent)], ["fallback", "fallback"])
        self.assertEqual(len(data), 5 * PCM_SECOND)
        levels = [max(data[int(at * PCM_SECOND) + 1 : int((at + 0.1) * PCM_SECOND) : 2]) for at in (0.5, 4.5)]
        self.assertEqual(levels, [64, 32])


def wav(seconds: int) -> bytes:
    """Returns a file in which every sample is 64 * 256."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(b"\x00\x40" * 2 * RATE * seconds)
    return file.getvalue()
