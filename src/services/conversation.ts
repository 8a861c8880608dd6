import { isAbort } from '../faults.js';
import type { TurnContext } from '../stages.js';
import type { Context } from '../wyoming/messages/context.js';
import type { Entity } from '../wyoming/messages/conversation.js';
import type { Attribution, HandleModel } from '../wyoming/messages/info.js';
import { type KnownEvent, message, type WyomingEvent } from '../wyoming/messages.js';
import type { Exchange, Peer, Service } from './service.js';

/** What Home Assistant is to do itself. */
export interface IntentToDo {
  /** As `HassTurnOn`. */
  readonly name: string;
  readonly entities: readonly Entity[];
  /** Spoken when it is done. */
  readonly text: string;
  /** Where it is a question: a template of ours that Home Assistant fills, with nothing in it that anybody has said. */
  readonly answer?: string;
}

/** What came of a text. */
export type Answered =
  | { readonly kind: 'handled'; readonly text: string }
  /** It could not be done, or was not understood; the text says so. */
  | { readonly kind: 'not-handled'; readonly text: string }
  | { readonly kind: 'intents'; readonly intents: readonly IntentToDo[] };

export interface ConversationParts {
  readonly program: { readonly name: string; readonly description: string; readonly version: string };
  readonly attribution: Attribution;
  readonly models: () => readonly HandleModel[];
  /** Never rejects for what goes wrong in the home. */
  readonly converse: (text: string, context: TurnContext, signal: AbortSignal) => Promise<Answered>;
  /** Where nobody names a language. */
  readonly language: string;
  /** What is said where the persona itself fails. */
  readonly excuse: () => string;
  readonly onFailure: (error: unknown) => void;
}

/**
 * The persona as a conversation agent. Whatever goes wrong is told as `not-handled`, in words: at an `error` a Home
 * Assistant before 2026.9 waits for ever.
 */
export const conversationService = (parts: ConversationParts): Service => ({
  name: 'conversation',
  takes: ['transcript', 'recognize'],
  hears: false,
  info: () => ({
    handle: [
      {
        ...parts.program,
        attribution: parts.attribution,
        installed: true,
        models: parts.models(),
        supports_handled_streaming: false,
        supports_home_control: true,
      },
    ],
  }),
  open: (peer) => conversing(parts, peer),
});

const conversing = (parts: ConversationParts, peer: Peer): Exchange => {
  /** One after the other, so that answers come in the order of the questions. */
  let answered: Promise<void> = Promise.resolve();

  const answer = async (text: string, asked: Context, language: string): Promise<void> => {
    let events: readonly WyomingEvent[];
    try {
      events = eventsOf(await parts.converse(text, contextOf(asked, language), peer.signal));
    } catch (error) {
      if (peer.signal.aborted || isAbort(error)) return;
      parts.onFailure(error);
      events = [message('not-handled', { text: parts.excuse() })];
    }
    for (const event of events) await peer.send(event);
  };

  return {
    async take(event: KnownEvent) {
      if (event.type !== 'transcript' && event.type !== 'recognize') return;
      const { text, context } = event.data;
      const language = (event.type === 'transcript' ? event.data.language : undefined) ?? parts.language;
      await answered;
      answered = answer(text, context ?? {}, language).catch((error: unknown) => {
        if (!peer.signal.aborted) peer.fail(error);
      });
    },
    close: () => answered,
  };
};

const eventsOf = (answered: Answered): readonly WyomingEvent[] => {
  if (answered.kind !== 'intents') return [message(answered.kind, { text: answered.text })];
  const intents = answered.intents.map(({ answer = '', entities, name, text }) => {
    const spoken = [withoutTemplate(text), answer].filter((part) => part !== '').join(' ');
    return message('intent', { name, entities, ...(spoken !== '' && { text: spoken }) });
  });
  // Of several without the brackets Home Assistant does only the first.
  return intents.length === 1 ? intents : [message('intents-start'), ...intents, message('intents-stop')];
};

/** Home Assistant renders the text of an intent: nothing that came from elsewhere may run there. */
const withoutTemplate = (text: string): string => text.replace(/\{(?=[{%#])|(?<=[}%#])\}/g, ' ');

/** Ids longer than this are nobody's. */
const LONGEST_ID = 200;

/** Of the fields in Core's context, those that say where and in which conversation it was said. */
const contextOf = (context: Context, language: string): TurnContext => {
  const id = (name: string): string | undefined => {
    const value = context[name];
    return typeof value === 'string' && value !== '' && value.length <= LONGEST_ID ? value : undefined;
  };
  const conversation = id('conversation_id');
  const device = id('device_id');
  const satellite = id('satellite_id');
  return {
    language,
    ...(conversation !== undefined && { conversation }),
    ...(device !== undefined && { device }),
    ...(satellite !== undefined && { satellite }),
  };
};
