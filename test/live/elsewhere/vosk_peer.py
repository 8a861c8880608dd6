"""A Wyoming recogniser out of Python's Wyoming library and Vosk's own wheel: what wyoming-vosk, which PyPI lacks, is at heart."""
import asyncio
import json
import sys
from functools import partial

from vosk import KaldiRecognizer, Model, SetLogLevel
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStop
from wyoming.info import AsrModel, AsrProgram, Attribution, Describe, Info
from wyoming.server import AsyncEventHandler, AsyncServer

CREDIT = Attribution(name="Alpha Cephei", url="https://alphacephei.com/vosk")
INFO = Info(
    asr=[
        AsrProgram(
            name="vosk", description="Vosk", attribution=CREDIT, installed=True, version="1",
            models=[AsrModel(name="small-en", description="small", attribution=CREDIT, installed=True, languages=["en"], version="1")],
        )
    ]
)


class Handler(AsyncEventHandler):
    def __init__(self, model, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.model = model
        self.recogniser = None

    async def handle_event(self, event):
        if Describe.is_type(event.type):
            await self.write_event(INFO.event())
        elif Transcribe.is_type(event.type):
            self.recogniser = KaldiRecognizer(self.model, 16000)
        elif AudioChunk.is_type(event.type):
            self.recogniser.AcceptWaveform(AudioChunk.from_event(event).audio)
        elif AudioStop.is_type(event.type):
            text = json.loads(self.recogniser.FinalResult())["text"]
            await self.write_event(Transcript(text=text).event())
            return False
        return True


async def main():
    uri, folder = sys.argv[1:]
    SetLogLevel(-1)
    model = Model(folder)
    await AsyncServer.from_uri(uri).run(partial(Handler, model))


asyncio.run(main())
