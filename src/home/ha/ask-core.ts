/** Asks Core what sentences mean, executes nothing, and remembers the answers for a while. */
import type { Clock } from '../../clock.js';
import type { HomeAssistant } from '../../home-assistant/connection.js';
import type { Entity, House } from '../../home-assistant/house.js';
import type { TurnContext } from '../../stages.js';
import type { Milliseconds } from '../../units.js';
import { isRecognised, type Missed, type Recognised, readDebug } from './answers.js';
import { type Expected, TOSS_UP } from './expected.js';
import { type Meaning, sameMeaning } from './meaning.js';
import { areaCalled, placeFor } from './places.js';
import { isEnglish } from './reasons.js';
import { type Judge, meaningOf } from './recognise.js';

interface Settings extends Omit<Judge, 'later'> {
  readonly core: Pick<HomeAssistant, 'call'>;
  readonly house: () => House;
  readonly expected: () => Expected;
  /** Counts what the answers depend on: names, exposure, the user's sentences. */
  readonly edition: () => number;
  readonly clock: Clock;
}

export interface AskCore {
  /** What a text means; undefined where it is no whole command. Rejects with `Fault` 'network' within a second. */
  meaning(text: string, context: TurnContext, signal: AbortSignal): Promise<Meaning | undefined>;
  /** The same, asked anew. */
  anew(meaning: Meaning, signal: AbortSignal): Promise<Meaning | undefined>;
}

/** Core answers in some ten milliseconds; the turn has to say within a second that it is away. */
const PATIENCE: Milliseconds = 900;
/** Custom sentences are read anew without a word to anybody. */
const REMEMBERED: Milliseconds = 60_000;
/** As long as a turn may ask again: a Core that is just reading its registries misses sentences it knows. */
const MISS_REMEMBERED: Milliseconds = 3_000;
const MOST_REMEMBERED = 256;
const LONGEST: number = 400;
/** "in five minutes" … "in ten minutes". */
const MOST_LATER = 2;
/** Nobody keeps more in mind. */
const MOST_CHOICES = 4;
/** Core knows "please" and "could you", but not these. */
const WISH = /^i(?: want| need|'d like| would like) you to /i;

export function openAskCore({ core, house, expected, edition, clock, ...judge }: Settings): AskCore {
  const remembered = new Map<
    string,
    { readonly meaning: Meaning | undefined; readonly asked: Milliseconds; readonly edition: number }
  >();

  /** Results for sentences of one context, in their order. */
  const recognise = async (
    sentences: readonly string[],
    context: TurnContext,
    signal: AbortSignal,
  ): Promise<readonly (Recognised | Missed)[]> => {
    const { device, said } = placeFor(context, house(), judge.coreVersion());
    const answer = await core.call<unknown>(
      {
        type: 'conversation/agent/homeassistant/debug',
        sentences: sentences.map(said),
        language: context.language,
        ...(device === undefined ? {} : { device_id: device }),
      },
      { signal, timeout: PATIENCE },
    );
    return readDebug(answer, sentences.length);
  };

  const judged = async (
    recognised: Recognised,
    text: string,
    context: TurnContext,
    signal: AbortSignal,
    depth: number,
  ): Promise<Meaning | undefined> => {
    const later = async (command: string): Promise<Meaning | undefined> =>
      depth >= MOST_LATER ? undefined : find(command, context, signal, depth + 1);
    const asked = clock.now();
    const of = edition();
    const meaning = await meaningOf(recognised, { text, context }, house(), { ...judge, later });
    if (meaning === undefined) return undefined;
    const choices = meaning.cannot && depth === 0 ? await choicesFor(meaning, text, context, signal) : [];
    return { ...meaning, asked, edition: of, ...(choices.length > 1 ? { choices } : {}) };
  };

  /** What each of those would be told that share a name; none where that cannot be said. */
  const choicesFor = async (
    { texts, slots }: Pick<Meaning, 'texts' | 'slots'>,
    text: string,
    context: TurnContext,
    signal: AbortSignal,
  ): Promise<NonNullable<Meaning['choices']>> => {
    const name = texts.name ?? '';
    const sharing = slots.area === undefined && slots.floor === undefined ? namesakes(name, house()) : [];
    const rooms = new Set(sharing.map(({ area }) => area));
    if (sharing.length < 2 || sharing.length > MOST_CHOICES || rooms.size < sharing.length) return [];
    const at = text.toLowerCase().lastIndexOf(name.toLowerCase());
    const choice = async ({ id, area }: Entity): Promise<readonly { name: string; meaning: Meaning }[]> => {
      if (!area) return [];
      // Said in that room, or with its name; some rooms have no device, and some sentences no place for a name.
      const { device: _, satellite: __, ...elsewhere } = context;
      const ways: readonly (readonly [string, TurnContext])[] = [
        [text, { ...elsewhere, area: area.id }],
        ...(at < 0 ? [] : [[`${text.slice(0, at)}${area.name} ${text.slice(at)}`, context] as const]),
      ];
      for (const [way, where] of ways) {
        const [result] = await recognise([way], where, signal);
        const meaning = result && isRecognised(result) && (await judged(result, way, where, signal, 1));
        if (meaning && meaning.targets.join() === id) return [{ name: area.name.toLowerCase(), meaning }];
      }
      return [];
    };
    const choices = (await Promise.all(sharing.map(choice))).flat();
    return choices.length === sharing.length ? choices : [];
  };

  /** By its sound: one clear, harmless reading, or none. Nothing guarded is ever guessed at. */
  const bySound = async (
    text: string,
    unknown: Missed['unknown'],
    context: TurnContext,
    signal: AbortSignal,
    depth: number,
  ): Promise<Meaning | undefined> => {
    const guesses = expected().corrections(text, Object.values(unknown));
    if (guesses.length === 0) return undefined;
    const results = await recognise(
      guesses.map((guess) => guess.text),
      context,
      signal,
    );
    const meant: { meaning: Meaning; cost: number }[] = [];
    for (const [at, result] of results.entries()) {
      const { cost, text: corrected } = guesses[at]!;
      const meaning = isRecognised(result) && (await judged(result, corrected, context, signal, depth));
      if (meaning) meant.push({ meaning, cost });
    }
    const [best, ...others] = meant;
    if (!best) return undefined;
    const rival = others.some(({ meaning, cost }) => cost - best.cost < TOSS_UP && !sameMeaning(meaning, best.meaning));
    if (rival || best.meaning.risk !== 'harmless' || best.meaning.cannot) return undefined;
    return best.meaning.kind === 'change' || best.meaning.kind === 'question' ? best.meaning : undefined;
  };

  const find = async (
    text: string,
    context: TurnContext,
    signal: AbortSignal,
    depth: number,
  ): Promise<Meaning | undefined> => {
    const [first] = await recognise([text], context, signal);
    if (first === undefined) return undefined;
    if (isRecognised(first)) return judged(first, text, context, signal, depth);
    if (!isEnglish(context.language)) return undefined;
    const wanted = text.replace(WISH, '');
    if (wanted !== text) return find(wanted, context, signal, depth);
    const area = first.lacksPlace ? areaCalled(context.area, house()) : undefined;
    if (area) {
      // No device stands for this room, so it is said.
      const placed = `${text} in the ${area.name}`;
      const [second] = await recognise([placed], context, signal);
      const meaning = second && isRecognised(second) && (await judged(second, placed, context, signal, depth));
      if (meaning) return { ...meaning, extendable: true };
    }
    return bySound(text, first.unknown, context, signal, depth);
  };

  const ask = async (text: string, context: TurnContext, signal: AbortSignal): Promise<Meaning | undefined> => {
    const asked = clock.now();
    const of = edition();
    const meaning = await find(text, context, signal, 0);
    const key = keyOf(text, context);
    remembered.delete(key);
    remembered.set(key, { meaning, asked, edition: of });
    if (remembered.size > MOST_REMEMBERED) remembered.delete(remembered.keys().next().value!);
    return meaning;
  };

  return {
    async meaning(said, context, signal) {
      signal.throwIfAborted();
      const text = said.replace(/\s+/g, ' ').trim();
      if (text === '' || text.length > LONGEST) return undefined;
      const known = remembered.get(keyOf(text, context));
      const valid = known?.meaning ? REMEMBERED : MISS_REMEMBERED;
      if (known && known.edition === edition() && clock.now() - known.asked < valid) {
        return known.meaning && { ...known.meaning, context };
      }
      return ask(text, context, signal);
    },
    anew: ({ text, context }, signal) => find(text, context, signal, 0),
  };
}

/** The things that have a name. */
const namesakes = (name: string, { entities }: House): readonly Entity[] =>
  entities.filter(({ names }) => names.some((one) => one.toLowerCase() === name.toLowerCase()));

const keyOf = (text: string, { language, device, area }: TurnContext): string =>
  JSON.stringify([text, language, device, area]);
