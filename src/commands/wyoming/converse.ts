import { isEvent, message, remoteError, type WyomingEvent } from '../../wyoming/index.js';
import type { Setting } from '../setting.js';
import { talkTo, type WyomingFlags } from './exchange.js';

export interface ConverseFlags extends WyomingFlags {
  readonly language?: string;
  /** Ids as Home Assistant sends them. */
  readonly conversation?: string;
  readonly device?: string;
  readonly satellite?: string;
}

/** Says something to a conversation agent. Exit code 1 where it could not do it. */
export const converse = async (setting: Setting, text: string, flags: ConverseFlags): Promise<number> => {
  const begin = performance.now();
  const { conversation, device, language, satellite } = flags;
  const context = {
    ...(conversation && { conversation_id: conversation }),
    ...(device && { device_id: device }),
    ...(satellite && { satellite_id: satellite }),
  };
  const answer = await talkTo(setting, flags, async ({ connection, next }) => {
    await connection.send(
      message('transcript', {
        text,
        ...(language && { language }),
        ...(Object.keys(context).length > 0 && { context }),
      }),
    );
    const events: WyomingEvent[] = [];
    let several = false;
    for (;;) {
      const event = await next();
      if (isEvent(event, 'error')) throw remoteError(event);
      if (isEvent(event, 'intents-start')) several = true;
      if (isEvent(event, 'intent', 'handled', 'not-handled', 'not-recognized')) events.push(event);
      const done = several ? isEvent(event, 'intents-stop') : isEvent(event, 'intent');
      if (done || isEvent(event, 'handled', 'not-handled', 'not-recognized')) return events;
    }
  });
  const took = performance.now() - begin;
  if (flags.json === true) {
    console.log(JSON.stringify({ answer: answer.map(({ type, data }) => ({ type, ...data })), took_ms: took }));
  } else {
    for (const event of answer) console.log(inWords(event));
    console.log(`(after ${took.toFixed(0)} ms)`);
  }
  return answer.some((event) => isEvent(event, 'not-handled', 'not-recognized')) ? 1 : 0;
};

const inWords = (event: WyomingEvent): string => {
  if (isEvent(event, 'intent')) {
    const slots = (event.data.entities ?? []).map(({ name, value }) => `${name}=${JSON.stringify(value)}`);
    const said = event.data.text ? ` — and then: ${event.data.text}` : '';
    return `Home Assistant is to do ${event.data.name} ${slots.join(' ')}${said}`;
  }
  if (!isEvent(event, 'handled', 'not-handled', 'not-recognized')) return '';
  const text = event.data.text ?? '';
  return event.type === 'handled' ? text : `${text} (${event.type})`;
};
