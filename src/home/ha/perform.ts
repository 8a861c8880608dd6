/** Has Core carry out a sentence, then says what really became of it. */
import type { Clock } from '../../clock.js';
import type { Outcome } from '../../stages.js';
import type { Milliseconds } from '../../units.js';
import { type Processed, readProcessed } from './answers.js';
import type { Meaning } from './meaning.js';
import { failedOutcome, nothingDone, outcomeAtLast, type Told, thingsTold, timerOutcome } from './outcomes.js';
import { placeFor } from './places.js';
import { isEnglish, REASONS } from './reasons.js';
import { type Performed, type Performing, settle } from './settle.js';

/** Core's own agent: never back to us, whatever the user has chosen. */
export const AGENT = 'conversation.home_assistant';
/** After that it is said how far things are. */
const BOUND: Milliseconds = 1_000;
/** A user's own automation may take its time, and speak at its end. */
const OWN_BOUND: Milliseconds = 60_000;

/** Carries out a meaning that was asked for just now. Rejects with a `Fault` where Core is away. */
export async function performMeaning(meaning: Meaning, performing: Performing): Promise<Performed> {
  const { core, house, clock } = performing;
  const { intent, kind, cannot } = meaning;
  if (cannot) return { outcome: failedOutcome(intent, cannot.name, cannot.reason), changed: [] };
  const told = thingsTold(meaning, house.current);
  if (kind === 'change' && told.length > 0 && told.every((one) => one.cannot !== undefined)) {
    return { outcome: outcomeAtLast(meaning, told, new Set(), house.current), changed: [] };
  }

  const began = clock.now();
  const slow = kind === 'own' || kind === 'message' || intent === 'HassMediaSearchAndPlay';
  const answer = core
    .call<unknown>(messageFor(meaning, performing), { timeout: slow ? OWN_BOUND : BOUND })
    .then(readProcessed);
  const processed = slow ? await within(answer, BOUND, clock) : await answer;
  if (processed === LATE) {
    const late = answer.then(
      (done) => ({ outcome: done ? spoken(meaning, done) : ranOwn(meaning), changed: [] }),
      () => ({ outcome: ranOwn(meaning), changed: [] }),
    );
    return { outcome: ranOwn(meaning), changed: [], late };
  }
  if (processed === undefined) return { outcome: failedOutcome(intent, 'that', REASONS.error), changed: [] };
  if (processed.error !== undefined) return { outcome: failure(meaning, processed, told), changed: [] };
  if (kind !== 'change' || processed.isAnswer) return { outcome: spoken(meaning, processed), changed: [] };
  return settle(meaning, processed, told, BOUND - (clock.now() - began), performing);
}

const messageFor = ({ text, context, kind }: Meaning, { core, house }: Performing) => {
  const version = core.state.kind === 'connected' ? core.state.version : '';
  const { device, said } = placeFor(context, house.current, version);
  return {
    type: 'conversation/process',
    text: said(text),
    language: context.language,
    agent_id: AGENT,
    ...(device === undefined ? {} : { device_id: device }),
    // A satellite may be in another area than its device, and what was asked about was the device's.
    ...(context.satellite === undefined || kind === 'change' ? {} : { satellite_id: context.satellite }),
    ...(context.conversation === undefined ? {} : { conversation_id: `${CONVERSATION}${context.conversation}` }),
  };
};

/**
 * A conversation of Core's that asks us is at work, and belongs to its user: Core refuses a second message in it
 * ("busy with another message"). Ours goes on beside it.
 */
const CONVERSATION = 'evil_assistant_';

const LATE = Symbol('late');

/** What comes within a time, or `LATE`. */
async function within<T>(work: Promise<T>, limit: Milliseconds, clock: Clock): Promise<T | typeof LATE> {
  const done = new AbortController();
  try {
    return await Promise.race([work, clock.sleep(limit, done.signal).then((): typeof LATE => LATE)]);
  } finally {
    done.abort();
  }
}

/** Words of Core's that are the outcome. */
function spoken(meaning: Meaning, { speech, expectsAnswer, error }: Processed): Outcome {
  const { intent, kind, context } = meaning;
  if (error !== undefined) return failedOutcome(intent, 'that', REASONS.error);
  const plain = isEnglish(context.language) && !expectsAnswer;
  const timer = plain && kind === 'timer' ? timerOutcome(meaning) : undefined;
  if (timer) return timer;
  // What Core says for an automation that says nothing.
  if (kind === 'own' && (speech === undefined || (plain && speech === 'Done'))) return ranOwn(meaning);
  if (kind === 'message' && plain)
    return { ...ranOwn(meaning), changed: [{ ...RAN, entity: 'message', name: 'message' }] };
  return {
    ...nothingDone(intent),
    ...(speech === undefined ? {} : { speech }),
    ...(expectsAnswer ? { expectsAnswer: true } : {}),
  };
}

const RAN = { entity: 'automation', name: 'automation', from: 'idle', to: 'started' };
const ranOwn = ({ intent }: Meaning): Outcome => ({ ...nothingDone(intent), changed: [RAN] });

/** Core's refusal, in our reasons where they say more than its words. */
function failure(meaning: Meaning, { error, speech, failed }: Processed, told: readonly Told[]): Outcome {
  const { intent, kind, texts, context } = meaning;
  const ownWords = kind === 'change' && told.length > 0 && isEnglish(context.language);
  if (ownWords) {
    const reason = error === 'no_valid_targets' ? REASONS.incapable : REASONS.error;
    const which = failed.length > 0 ? told.filter(({ entity }) => failed.includes(entity.id)) : told;
    return {
      ...nothingDone(intent),
      failed: which.map(({ entity, cannot }) => ({ name: entity.name, reason: cannot ?? reason })),
      slots: {},
    };
  }
  const outcome = failedOutcome(
    intent,
    texts.name ?? texts.area ?? (kind === 'timer' ? 'timer' : 'that'),
    REASONS.error,
  );
  return speech === undefined ? outcome : { ...outcome, speech };
}
