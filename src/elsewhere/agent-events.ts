import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.js';
import { Fault } from '../faults.js';
import type { TurnContext } from '../stages.js';
import type { Milliseconds } from '../units.js';
import { type Connection, type Context, expectEvent, message, WyomingError } from '../wyoming/index.js';
import { connectTo, faultOf, nextEvent } from './exchange.js';
import type { Service } from './services.js';

export interface AgentOptions {
  readonly service: Service;
  /** From the question to the first words, and from each piece of the answer to the next. */
  readonly within: Milliseconds;
  readonly clock: Clock;
}

/** What an agent has to say to a sentence. */
export type AgentAnswer =
  /** A piece of the answer, to be appended as it is. */
  | { readonly kind: 'words'; readonly text: string }
  /** It did nothing, and has no words for it; or it wants a Home Assistant to act, which we are not. */
  | { readonly kind: 'nothing done' };

/** No answer is longer: who has more to say is not listened to. */
const LONGEST: number = 20_000;

/**
 * Asks a Wyoming agent. An intent is not carried out, so the words that belong to it are not said either.
 *
 * @throws Fault('network') for whatever goes wrong, an `error` event included.
 */
export async function* askAgent(
  text: string,
  context: Context,
  { service, within, clock }: AgentOptions,
  signal: AbortSignal,
): AsyncGenerator<AgentAnswer, undefined> {
  let connection: Connection | undefined;
  try {
    connection = await connectTo(service, clock, signal);
    const { language } = service.address;
    await connection.send(message('transcript', { text, context, ...(language && { language }) }));
    let said = 0;
    for (;;) {
      const event = await nextEvent(service, connection, { limit: within, clock, signal, late: 'did not answer' });
      switch (event?.type) {
        case 'handled-chunk':
          said += event.data.text.length;
          if (said > LONGEST) throw new Fault('network', `${service.address.place} does not come to an end`);
          yield { kind: 'words', text: event.data.text };
          break;
        case 'handled-stop':
          if (said > 0) return undefined;
          break;
        case 'handled':
        case 'not-handled':
        case 'not-recognized': {
          // After the pieces it is the whole once more.
          if (said > 0) return undefined;
          const words = event.data.text?.trim() ?? '';
          if (words !== '') yield { kind: 'words', text: words };
          else if (event.type !== 'handled') yield { kind: 'nothing done' };
          return undefined;
        }
        case 'intent':
        case 'intents-start':
          yield { kind: 'nothing done' };
          return undefined;
        case 'error':
          expectEvent(event, 'handled');
          break;
        case undefined:
          throw new WyomingError('closed', 'The connection ended before there was an answer.');
      }
    }
  } catch (error) {
    throw faultOf(error, service, signal);
  } finally {
    void connection?.close();
  }
}

/** Conversations that are remembered; the one that was silent for longest goes first. */
const MOST = 100;

/** The ids under which an agent remembers what was said before. */
export const conversationIds = (clock: Pick<Clock, 'now'>, forgetAfter: Milliseconds) => {
  const known = new Map<string, { readonly id: string; readonly until: Milliseconds }>();
  /** What is said in one conversation, or else in one place, belongs together. */
  return (context: TurnContext): string => {
    const key = context.conversation ?? `\0${context.satellite ?? context.device ?? context.area ?? ''}`;
    const last = known.get(key);
    const id = last && last.until > clock.now() ? last.id : (context.conversation ?? randomUUID());
    known.delete(key);
    known.set(key, { id, until: clock.now() + forgetAfter });
    for (const oldest of known.keys()) {
      if (known.size <= MOST) break;
      known.delete(oldest);
    }
    return id;
  };
};
