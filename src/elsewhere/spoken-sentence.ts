import type { Clock } from '../clock.js';
import { Fault } from '../faults.js';
import type { Audio, Block } from '../stages.js';
import { type Hertz, type Milliseconds, type SampleIndex, toMilliseconds, toSamples } from '../units.js';
import {
  type Connection,
  expectEvent,
  type Info,
  message,
  type SynthesizeVoice,
  WyomingError,
} from '../wyoming/index.js';
import { connectTo, faultOf, inTime, nextEvent } from './exchange.js';
import { serviceSound } from './service-sound.js';
import type { Service } from './services.js';

export interface SentenceOptions {
  readonly service: Service;
  readonly rate: Hertz;
  /** From the text to its first sound, and from each piece of sound to the next. */
  readonly within: Milliseconds;
  readonly clock: Clock;
}

/** No sentence takes longer to say. */
const LONGEST: Milliseconds = 60_000;
/** The silence that a voice begins with is what a listener waits for. What is fainter than −50 dB is silence. */
const FAINT = 10 ** (-50 / 20);
const LEAD: Milliseconds = 10;

/**
 * A sentence in the voice of a service, as it comes, at `rate`, without the silence before it. On a connection of its own:
 * some services serve only one text on each.
 *
 * @throws Fault('network') for whatever goes wrong, a sentence without sound included.
 */
export const spokenSentence = (text: string, options: SentenceOptions, signal: AbortSignal): Audio => ({
  rate: options.rate,
  async *[Symbol.asyncIterator]() {
    let position: SampleIndex = 0;
    for await (const samples of withoutLead(soundOf(text, options, signal), options.rate)) {
      if (toMilliseconds(position + samples.length, options.rate) > LONGEST) {
        throw new Fault(
          'network',
          `${options.service.address.place} speaks a sentence for more than ${LONGEST / 1000} s`,
        );
      }
      yield { samples, from: position } satisfies Block;
      position += samples.length;
    }
    if (position === 0) throw new Fault('network', `${options.service.address.place} gave no sound`, { retry: true });
  },
});

async function* soundOf(text: string, options: SentenceOptions, signal: AbortSignal): AsyncGenerator<Float32Array> {
  const { service, rate, within, clock } = options;
  const connection = await connectTo(service, clock, signal);
  const patience = { limit: within, clock, signal };
  try {
    const { health } = service.client;
    const streams = health.state === 'up' && isStreamed(health.info, service.address.voice);
    await inTime(service, { ...patience, late: 'did not take the text' }, () =>
      ask(connection, text, service, streams),
    );
    const sound = serviceSound(rate);
    for (;;) {
      const event = await nextEvent(service, connection, { ...patience, late: 'sent no sound' });
      switch (event?.type) {
        case 'audio-chunk': {
          const samples = sound.take(event.payload, event.data);
          if (samples.length > 0) yield samples;
          break;
        }
        case 'audio-stop':
        case 'synthesize-stopped': {
          const rest = sound.flush();
          if (rest.length > 0) yield rest;
          // A stream has an end of its own: its sentences may be a sound each.
          if (event.type === 'synthesize-stopped' || !streams) return;
          break;
        }
        case 'error':
          expectEvent(event, 'audio-stop');
          break;
        case undefined:
          throw new WyomingError('closed', 'The connection ended in the middle of a sentence.');
      }
    }
  } catch (error) {
    throw faultOf(error, service, signal);
  } finally {
    void connection.close();
  }
}

const ask = async (connection: Connection, text: string, { address }: Service, streams: boolean): Promise<void> => {
  const { voice: name, speaker, language } = address;
  const voice: SynthesizeVoice = { ...(name && { name }), ...(speaker && { speaker }), ...(language && { language }) };
  const how = Object.keys(voice).length > 0 ? { voice } : {};
  if (!streams) return connection.send(message('synthesize', { text, ...how }));
  await connection.send(message('synthesize-start', how));
  await connection.send(message('synthesize-chunk', { text }));
  // As Home Assistant does, for services that wait for it.
  await connection.send(message('synthesize', { text, ...how }));
  await connection.send(message('synthesize-stop'));
};

/** The program that has the voice says whether it sends sound before it has all of the text. */
const isStreamed = ({ tts }: Info, voice: string | undefined): boolean => {
  const programs = tts ?? [];
  const program = programs.find(({ voices }) => voices.some(({ name }) => name === voice)) ?? programs[0];
  return program?.supports_synthesize_streaming === true;
};

async function* withoutLead(sound: AsyncIterable<Float32Array>, rate: Hertz): AsyncGenerator<Float32Array> {
  const lead = toSamples(LEAD, rate);
  let before = new Float32Array(0);
  let begun = false;
  for await (const samples of sound) {
    if (begun) {
      yield samples;
      continue;
    }
    const first = samples.findIndex((sample) => Math.abs(sample) > FAINT);
    const whole = new Float32Array(before.length + samples.length);
    whole.set(before);
    whole.set(samples, before.length);
    if (first < 0) {
      before = whole.slice(-lead);
    } else {
      begun = true;
      yield whole.slice(Math.max(0, before.length + first - lead));
    }
  }
}
