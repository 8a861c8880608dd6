import { readWav } from '../../audio/read-wav.js';
import { isEvent, message, remoteError } from '../../wyoming/index.js';
import type { Setting } from '../setting.js';
import { type Talk, talkTo, type WyomingFlags } from './exchange.js';
import { sendRecording } from './send-recording.js';

export interface HearFlags extends WyomingFlags {
  /** In real time, as a microphone would. */
  readonly live?: boolean;
}

/** Has a server recognise what is said in a recording. */
export const transcribe = async (
  setting: Setting,
  file: string,
  flags: HearFlags & { readonly model?: string; readonly language?: string },
): Promise<number> => {
  const { duration } = await readWav(file, setting.signal);
  let begin = 0;
  const text = await talkTo(setting, flags, async (talk) => {
    const { language, model } = flags;
    await talk.connection.send(message('transcribe', { ...(model && { name: model }), ...(language && { language }) }));
    begin = performance.now();
    return whileSending(setting, talk, file, flags, async () => {
      for (;;) {
        const event = await talk.next();
        if (isEvent(event, 'transcript')) return event.data.text;
        if (isEvent(event, 'error')) throw remoteError(event);
      }
    });
  });
  const took = performance.now() - begin;
  if (flags.json === true) {
    console.log(JSON.stringify({ file, text, duration_ms: duration * 1000, took_ms: took }));
  } else {
    const how = flags.live === true ? `${(took / 1000).toFixed(2)} s after its beginning` : `in ${took.toFixed(0)} ms`;
    console.log(`${text || '(nothing was said)'}\n(answered ${how}; the recording has ${duration.toFixed(2)} s)`);
  }
  return 0;
};

/** Exit code where no wake word was heard: nothing went wrong, and nothing happened. */
const NOT_HEARD = 3;

/** Has a server listen for wake words in a recording. */
export const detect = async (
  setting: Setting,
  file: string,
  flags: HearFlags & { readonly names?: readonly string[] },
): Promise<number> => {
  await readWav(file, setting.signal);
  const found = await talkTo(setting, flags, async (talk) => {
    await talk.connection.send(message('detect', flags.names ? { names: flags.names } : {}));
    const heard: { name?: string; timestamp?: number }[] = [];
    await whileSending(setting, talk, file, flags, async () => {
      for (;;) {
        const event = await talk.next();
        if (isEvent(event, 'not-detected')) return;
        if (isEvent(event, 'error')) throw remoteError(event);
        if (!isEvent(event, 'detection')) continue;
        const { name, timestamp } = event.data;
        heard.push({ ...(name && { name }), ...(timestamp != null && { timestamp }) });
        // Some servers say no more after the first.
        return;
      }
    });
    return heard;
  });
  if (flags.json === true) console.log(JSON.stringify({ file, detections: found }));
  else if (found.length === 0) console.log('No wake word was heard.');
  for (const { name, timestamp } of flags.json === true ? [] : found) {
    console.log(`${name ?? 'a wake word'}${timestamp === undefined ? '' : ` at ${(timestamp / 1000).toFixed(2)} s`}`);
  }
  return found.length === 0 ? NOT_HEARD : 0;
};

/** Sends a recording and reads at the same time; whoever answers early is sent no more. */
const whileSending = async <Value>(
  { signal }: Setting,
  { connection }: Talk,
  file: string,
  { live = false }: HearFlags,
  read: () => Promise<Value>,
): Promise<Value> => {
  const over = new AbortController();
  const sending = sendRecording(connection, file, { live, signal: AbortSignal.any([signal, over.signal]) });
  // Its trouble is that of the reader, who hears of it too.
  sending.catch(() => {});
  try {
    return await read();
  } finally {
    over.abort();
    await sending.catch(() => {});
  }
};
