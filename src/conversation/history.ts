import type { Clock } from '../clock.js';
import type { Playback, Say, TurnContext } from '../stages.js';
import type { Milliseconds } from '../units.js';
import { placeOf } from './place.js';

/** What somebody said, and what they were told. */
export interface Exchange {
  readonly said: string;
  /** The whole reply, without what only covered a wait. */
  readonly reply: readonly Say[];
  /** What was really spoken of it. */
  readonly spoken: string;
  /** The reply was interrupted. */
  readonly cut: boolean;
  /** The persona has asked something. */
  readonly expectsAnswer: boolean;
}

/** What was said lately, in memory only. */
export interface History {
  /** The exchanges of a conversation, oldest first. */
  of(context: TurnContext): readonly Exchange[];
}

/** A history that is being made. */
export interface Memory extends History {
  /** Remembers an exchange as it happens. `goesOn`: its sentence began with what was said last. */
  begin(context: TurnContext, said: string, goesOn: boolean): Telling;
}

/** Where conversations have ids of their own there may be many; the one that was idle longest gives way. */
const MOST_CONVERSATIONS = 100;
const MOST_EXCHANGES = 10;
/** Of what was said, and of a reply: what is longer was not worth saying. */
const MOST_CHARACTERS = 1_000;

/**
 * Remembers what was said, for as long as a conversation is not idle for longer than `within`. Bounded in
 * conversations, exchanges and characters: 2 MB of text at most.
 */
export function createHistory(clock: Clock, within: Milliseconds): Memory {
  // The one that was idle longest comes first.
  const conversations = new Map<string, { readonly tellings: Telling[]; readonly until: Milliseconds }>();
  const forget = (): void => {
    for (const [place, { until }] of conversations) {
      if (clock.now() <= until && conversations.size <= MOST_CONVERSATIONS) return;
      conversations.delete(place);
    }
  };
  return {
    of(context) {
      forget();
      return (conversations.get(placeOf(context))?.tellings ?? []).map((telling) => telling.exchange());
    },
    begin(context, said, goesOn) {
      const place = placeOf(context);
      forget();
      const tellings = conversations.get(place)?.tellings ?? [];
      if (goesOn && said.startsWith(tellings.at(-1)?.said ?? '')) tellings.pop();
      const telling = new Telling(said);
      tellings.push(telling);
      if (tellings.length > MOST_EXCHANGES) tellings.shift();
      conversations.delete(place);
      conversations.set(place, { tellings, until: clock.now() + within });
      forget();
      return telling;
    },
  };
}

/** Of six replies that the demon's voice spoke, 13 (many short sentences) to 19 (one long one). The least: nothing counts as heard that was not. */
const CHARACTERS_PER_SECOND = 13;

/** An exchange as it happens. */
export class Telling {
  expectsAnswer = false;
  readonly said: string;
  readonly #says: Say[] = [];
  #characters = 0;
  /** How many of the says somebody has begun to speak. */
  #taken = 0;
  #end: 'open' | 'cut' | 'heard' = 'open';
  /** Of an answer that was cut, where that is known. */
  #heard: Milliseconds | undefined;

  constructor(said: string) {
    this.said = said.slice(0, MOST_CHARACTERS);
  }

  /** Something to say was found. */
  say(say: Say): void {
    this.#characters += say.text.length;
    if (this.#characters <= MOST_CHARACTERS) this.#says.push(say);
  }

  /** The next of the says is going to be spoken. */
  take(): void {
    this.#taken += 1;
  }

  /** The run was given up. Changes nothing where all was heard before. */
  cut(): void {
    if (this.#end === 'open') this.#end = 'cut';
  }

  /** How much of it came out of a loudspeaker. */
  heard({ complete, heard }: Playback): void {
    this.#end = complete ? 'heard' : 'cut';
    if (!complete) this.#heard = heard;
  }

  exchange(): Exchange {
    return {
      said: this.said,
      reply: this.#says.filter(({ kind }) => kind !== 'taunt'),
      spoken: this.#spoken(),
      cut: this.#end === 'cut',
      expectsAnswer: this.expectsAnswer,
    };
  }

  /** Nobody tells which word a voice has come to when it is silenced: that is reckoned from the time. */
  #spoken(): string {
    let left = this.#heard === undefined ? Number.POSITIVE_INFINITY : (this.#heard / 1000) * CHARACTERS_PER_SECOND;
    const spoken: string[] = [];
    for (const { kind, text } of this.#end === 'cut' ? this.#says.slice(0, this.#taken) : this.#says) {
      const part = text.length <= left ? text : text.slice(0, Math.max(0, text.lastIndexOf(' ', left)));
      if (kind !== 'taunt' && part !== '') spoken.push(part);
      left -= text.length;
      if (left <= 0) break;
    }
    return spoken.join(' ');
  }
}
