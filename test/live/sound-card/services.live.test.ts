import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { micService } from '../../../src/services/mic.js';
import { openServices } from '../../../src/services/open-services.js';
import type { Service } from '../../../src/services/service.js';
import { sndService } from '../../../src/services/snd.js';
import { openLoudspeaker } from '../../../src/sound-card/loudspeaker.js';
import { openMicrophone } from '../../../src/sound-card/microphone.js';
import { logLines } from '../../llm/log-lines.js';
import { type PulseRig, startPulse } from '../pulse-rig.js';
import { pythonWithWyoming } from '../wyoming/python.js';
import { listenTo } from './room.js';

const run = promisify(execFile);
const attribution = { name: 'Somebody', url: 'https://example.org' };
const program = { name: 'host', description: 'Sound card', version: '1' };

let rig: PulseRig;
let python: string;
beforeAll(async () => {
  python = await pythonWithWyoming();
  rig = await startPulse();
});
afterAll(() => rig?.stop());

const serving = async <Value>(service: Service, work: (uri: string) => Promise<Value>): Promise<Value> => {
  const server = await openServices({ uri: 'tcp://127.0.0.1:0', services: [service], log: logLines().log });
  try {
    return await work(server.uri);
  } finally {
    await server.close({ grace: 100 });
  }
};

const wyoming = async (uri: string, script: string): Promise<unknown> => {
  const whole = `import asyncio, json, struct, math
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient
from wyoming.info import Describe, Info
from wyoming.snd import Played
async def main():
    async with AsyncClient.from_uri(${JSON.stringify(uri)}) as client:
${script
  .split('\n')
  .map((line) => `        ${line}`)
  .join('\n')}
asyncio.run(main())`;
  const { stdout } = await run(python, ['-c', whole], { timeout: 30_000 });
  return JSON.parse(stdout);
};

describe("Python's own Wyoming client", () => {
  it('reads the microphone as it reads any other', async () => {
    const microphone = await openMicrophone({ log: logLines().log });
    const heard = await serving(micService({ program, attribution, microphone }), (uri) =>
      wyoming(
        uri,
        `start = AudioStart.from_event(await client.read_event())
sound = b""
while len(sound) < 32000:
    sound += AudioChunk.from_event(await client.read_event()).audio
await client.write_event(Describe().event())
event = await client.read_event()
while not Info.is_type(event.type):
    event = await client.read_event()
info = Info.from_event(event)
print(json.dumps({"rate": start.rate, "bytes": len(sound), "mic": info.mic[0].mic_format.rate}))`,
      ),
    );
    await microphone.close();
    expect(heard).toMatchObject({ rate: 16_000, mic: 16_000 });
  });

  it('plays through the loudspeaker, and is told when all of it has been heard', async () => {
    const room = await listenTo('vspk');
    const loudspeaker = await openLoudspeaker({ log: logLines().log });
    const played = await serving(sndService({ program, attribution, speaker: loudspeaker.play }), (uri) =>
      wyoming(
        uri,
        `rate = 22050
pcm = b"".join(struct.pack("<h", 15000 if math.sin(i * 0.1) > 0 else -15000) for i in range(rate))
await client.write_event(AudioStart(rate=rate, width=2, channels=1).event())
for at in range(0, len(pcm), 2048):
    await client.write_event(AudioChunk(rate=rate, width=2, channels=1, audio=pcm[at:at + 2048]).event())
await client.write_event(AudioStop().event())
event = await client.read_event()
print(json.dumps({"played": Played.is_type(event.type)}))`,
      ),
    );
    const told = performance.now();
    const { first, last } = room.sounding();
    await loudspeaker.close();
    await room.stop();
    expect(played).toEqual({ played: true });
    expect(Math.abs(last - first - 1_000)).toBeLessThan(20);
    expect(told).toBeGreaterThan(last - 30);
  });
});
