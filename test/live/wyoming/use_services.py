"""Uses every service of a server by Python's Wyoming library, and prints what came of it as one line of JSON.

usage: use_services.py URI SPEECH.wav WAKE.wav
"""

import asyncio
import json
import sys
import wave

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient
from wyoming.handle import Handled, NotHandled
from wyoming.info import Describe, Info
from wyoming.intent import Intent
from wyoming.ping import Ping, Pong
from wyoming.tts import (
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeStopped,
    SynthesizeVoice,
)
from wyoming.wake import Detect, Detection, NotDetected

URI, SPEECH, WAKE = sys.argv[1:4]


async def send_wav(client: AsyncClient, path: str) -> None:
    with wave.open(path, "rb") as file:
        form = {"rate": file.getframerate(), "width": file.getsampwidth(), "channels": file.getnchannels()}
        await client.write_event(AudioStart(**form, timestamp=0).event())
        while frames := file.readframes(1024):
            await client.write_event(AudioChunk(**form, audio=frames).event())
    await client.write_event(AudioStop().event())


async def until(client: AsyncClient, *types):
    """The first event of one of these types, as what it is, and the types of those before it."""
    before = []
    while (event := await asyncio.wait_for(client.read_event(), 30)) is not None:
        for type_ in types:
            if type_.is_type(event.type):
                return type_.from_event(event), before
        before.append(event.type)
    raise RuntimeError(f"the connection ended after {before}")


async def info() -> dict:
    async with AsyncClient.from_uri(URI) as client:
        await client.write_event(Ping(text="hello").event())
        pong, _ = await until(client, Pong)
        await client.write_event(Describe().event())
        answer, _ = await until(client, Info)
        return {
            "pong": pong.text,
            "installed": [p[0].installed for p in (answer.asr, answer.tts, answer.handle, answer.wake)],
            "voices": [voice.name for voice in answer.tts[0].voices],
            "speakers": len(answer.tts[0].voices[-1].speakers or []),
            "ends_speech": answer.asr[0].requires_external_vad,
        }


async def transcribe() -> str:
    async with AsyncClient.from_uri(URI) as client:
        await client.write_event(Transcribe(language="en").event())
        await send_wav(client, SPEECH)
        transcript, _ = await until(client, Transcript)
        return transcript.text


async def detect(path: str):
    async with AsyncClient.from_uri(URI) as client:
        await client.write_event(Detect(names=["hey_jarvis"]).event())
        await send_wav(client, path)
        found, _ = await until(client, Detection, NotDetected)
        return found.name if isinstance(found, Detection) else None


async def sound(client: AsyncClient, end) -> dict:
    start, _ = await until(client, AudioStart)
    size = 0
    while not end.is_type((event := await asyncio.wait_for(client.read_event(), 30)).type):
        size += len(event.payload or b"")
    return {"rate": start.rate, "seconds": size / start.rate / start.width}


async def synthesize() -> dict:
    async with AsyncClient.from_uri(URI) as client:
        voice = SynthesizeVoice(name="demon")
        await client.write_event(Synthesize(text="Your kettle has surrendered.", voice=voice).event())
        return await sound(client, AudioStop)


async def synthesize_stream() -> dict:
    text = "Your kettle has surrendered. It wept. Then it boiled."
    async with AsyncClient.from_uri(URI) as client:
        await client.write_event(SynthesizeStart(voice=SynthesizeVoice(name="libritts_r", speaker="7")).event())
        for word in text.split(" "):
            await client.write_event(SynthesizeChunk(text=word + " ").event())
        await client.write_event(Synthesize(text=text).event())
        await client.write_event(SynthesizeStop().event())
        return await sound(client, SynthesizeStopped)


async def converse(text: str) -> dict:
    async with AsyncClient.from_uri(URI) as client:
        await client.write_event(Transcript(text=text, language="en", context={"conversation_id": "c"}).event())
        answer, _ = await until(client, Handled, NotHandled, Intent)
        name = type(answer).__name__
        slots = [[e.name, e.value] for e in answer.entities] if isinstance(answer, Intent) else []
        return {"type": name, "text": answer.text, "slots": slots, "intent": getattr(answer, "name", None)}


async def main() -> None:
    print(
        json.dumps(
            {
                "info": await info(),
                "transcript": await transcribe(),
                "wake": await detect(WAKE),
                "no_wake": await detect(SPEECH),
                "speech": await synthesize(),
                "streamed": await synthesize_stream(),
                "joke": await converse("tell me a joke"),
                "command": await converse("turn on the desk lamp"),
                "nonsense": await converse("zorblax the frobnicator"),
            }
        )
    )


asyncio.run(main())
