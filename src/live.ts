import type { TurnResult } from './assistant/turn.js';
import { messageOf } from './faults.js';
import type { Log } from './log.js';
import type { Assistant } from './main.js';
import type { Options } from './options/schema.js';
import { packageFile } from './package.js';
import type { ExcuseKind } from './satellite/excuses.js';
import { satelliteInfo } from './satellite/info.js';
import { openSatellite } from './satellite/satellite.js';
import { micService } from './services/mic.js';
import { openServices } from './services/open-services.js';
import { sndService } from './services/snd.js';
import { type Loudspeaker, openLoudspeaker } from './sound-card/loudspeaker.js';
import { type Microphone, openMicrophone } from './sound-card/microphone.js';
import type { Audio, Detection, Run, Say } from './stages.js';
import { disguise } from './tts/disguise.js';
import { findWordEnd, wordEndFrom } from './wake/word-end.js';

export interface LiveRequest {
  readonly options: Options;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** A turn that was spoken here has ended. */
  readonly onTurn: (result: TurnResult, detection: Detection) => void;
}

/** What listens and speaks in the room of this machine, or lets others do so. */
export interface Live {
  /** Settles when it has come to an end, by itself or by the signal. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** Whether the options want microphone or loudspeaker. */
export const isLive = ({ satellite, microphone, loudspeaker }: Options): boolean =>
  satellite.mode !== 'off' || microphone.port > 0 || loudspeaker.port > 0;

/**
 * Opens microphone and loudspeaker of this machine for what the options want: whole turns here, a satellite of Home
 * Assistant's, or a service for others.
 * @throws Fault `usage` where no recorder or player is installed, or a port is taken.
 */
export const openLive = async (assistant: Assistant, request: LiveRequest): Promise<Live> => {
  const { options, log } = request;
  const opened: { close(): Promise<void> }[] = [];
  const keep = <It extends { close(): Promise<void> }>(it: It): It => {
    opened.push(it);
    return it;
  };
  const close = async (): Promise<void> => {
    for (const it of opened.splice(0).reverse()) await it.close();
  };
  try {
    const microphone =
      options.satellite.mode !== 'off' || options.microphone.port > 0 ? keep(await ears(options, log)) : undefined;
    const loudspeaker =
      options.satellite.mode !== 'off' || options.loudspeaker.port > 0 ? keep(await throat(options, log)) : undefined;
    if (microphone && options.microphone.port > 0) {
      const services = [micService({ ...ours('The microphone of this machine'), microphone })];
      keep(
        await openServices({ uri: uriOf(options, options.microphone.port), services, log, option: 'microphone.port' }),
      );
    }
    if (loudspeaker && options.loudspeaker.port > 0) {
      const services = [sndService({ ...ours('The loudspeaker of this machine'), speaker: loudspeaker.play })];
      keep(
        await openServices({
          uri: uriOf(options, options.loudspeaker.port),
          services,
          log,
          option: 'loudspeaker.port',
        }),
      );
    }
    if (!microphone || !loudspeaker || options.satellite.mode === 'off')
      return { ended: forever(request.signal), close };
    if (options.satellite.mode === 'local') {
      return { ended: talk(assistant, microphone, loudspeaker, request), close };
    }
    const satellite = keep(await lendEars(assistant, microphone, loudspeaker, request));
    log.info(`A satellite for Home Assistant is at ${satellite.uri}`);
    return { ended: forever(request.signal), close };
  } catch (error) {
    await close();
    throw error;
  }
};

const ears = ({ microphone }: Options, log: Log): Promise<Microphone> => {
  const { channel, device, gain, recorder } = microphone;
  return openMicrophone({
    recorder,
    gain,
    log,
    ...(device !== '' && { device }),
    ...(channel > 0 && { channel }),
  });
};

const throat = ({ loudspeaker }: Options, log: Log): Promise<Loudspeaker> => {
  const { device, duck, keep_alive, player, volume } = loudspeaker;
  return openLoudspeaker({ player, volume, duck, keepAlive: keep_alive, log, ...(device !== '' && { device }) });
};

const ours = (description: string) => ({
  program: { name: 'Evil Assistant', description, version: packageFile.version },
  attribution: { name: 'Evil Assistant', url: '' },
});

const uriOf = ({ bind }: Options, port: number): string => `tcp://${bind.includes(':') ? `[${bind}]` : bind}:${port}`;

/** Whole turns here. Others are turned down while somebody is listened to. */
const talk = async (
  assistant: Assistant,
  microphone: Microphone,
  loudspeaker: Loudspeaker,
  { log, signal, onTurn }: LiveRequest,
): Promise<void> => {
  let release = (): void => {};
  const resume = (): void => {
    release();
    release = () => {};
  };
  try {
    await assistant.converse(microphone, loudspeaker.play, signal, {
      onWake: () => {
        loudspeaker.prepare();
        resume();
        release = loudspeaker.duck();
      },
      onTurn,
      onQuiet: resume,
    });
  } catch (error) {
    if (!signal.aborted) log.error({ error: messageOf(error) }, 'the room is no longer listened to');
  } finally {
    resume();
  }
};

/** A satellite that Home Assistant drives: our wake word, its pipeline, and the demon's effects on what comes back where wanted. */
const lendEars = (
  { company, conversation, ears: { detect, endpoint }, options, speaking }: Assistant,
  microphone: Microphone,
  loudspeaker: Loudspeaker,
  { log }: LiveRequest,
) => {
  const { area, effects, name, port } = options.satellite;
  const silent: readonly ExcuseKind[] = ['answered-elsewhere', 'nothing-heard'];
  const say = (what: Say, signal: AbortSignal): Audio => {
    const run: Run = { signal, committed: Promise.resolve(), mark: () => {} };
    return speaking.voice.synthesize(once(what), run);
  };
  return openSatellite({
    uri: uriOf(options, port),
    info: satelliteInfo({
      name,
      version: packageFile.version,
      attribution: { name: 'Evil Assistant', url: '' },
      wakeWords: options.wake.words.map(({ word }) => ({
        name: word,
        phrase: word.replaceAll('_', ' '),
        languages: ['en'],
        attribution: { name: 'openWakeWord', url: 'https://github.com/dscripka/openWakeWord' },
        installed: true,
      })),
      endpoint: true,
      ...(area !== '' && { area }),
    }),
    wake: detect,
    microphone,
    endpoint,
    wordEnd: (detection, { read }, until) => findWordEnd(read(wordEndFrom(detection), until), detection),
    speaker: loudspeaker.play,
    ...(effects && {
      transform: (audio: Audio, signal: AbortSignal) =>
        disguise(audio, company.speakings.get(options.persona)!.effects, signal),
    }),
    excuse: (kind, signal) => (silent.includes(kind) ? undefined : say(conversation.excuse(), signal)),
    alarm: ({ name: timer }, signal) =>
      say({ text: timer ? `The ${timer} timer has run out.` : 'A timer has run out.', kind: 'talk' }, signal),
    log,
  });
};

async function* once(say: Say): AsyncGenerator<Say> {
  yield say;
}

const forever = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
