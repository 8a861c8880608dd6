import { isAbort } from '../faults.js';
import type { Audio, Endpointer, SpeechEvent, Transcriber, Transcript, Understanding } from '../stages.js';
import { createChannel } from './channel.js';
import { beginTurn, stepTurn, type TurnAction, type TurnInput, type TurnSettings } from './machine.js';

/** What hearing one command is made of: a turn without its answer. */
export interface ListenStages {
  readonly endpoint: Endpointer;
  readonly transcribe: Transcriber;
  /**
   * What a text would mean, and with it how long to wait for more. Does nothing, and may prepare the answer: the signal is
   * aborted where the words turn out to be others, but not where they are the command.
   */
  readonly understand: (said: Transcript, signal: AbortSignal) => Promise<Understanding>;
}

export interface ListenRequest {
  readonly settings: TurnSettings;
  readonly signal: AbortSignal;
  /** Asked when the command is complete; where not, all that is said up to the end of the sound counts. Default yes. */
  readonly mayEndEarly?: () => boolean;
}

/** What was said. */
export interface HeardCommand {
  /** Empty where nobody spoke. */
  readonly text: string;
  /** Decided before the sound had ended. */
  readonly early: boolean;
}

/** Speech events that may wait for a recogniser: 10 s in pieces of 20 ms. */
const SPEECH_QUEUE = 500;
/** Nobody waits for understanding in vain. */
const PLAIN: Understanding = { kind: 'talk', extendable: false, risk: 'harmless', likely: [] };

/**
 * Hears one command: decides as a turn does when it is complete (see `machine.ts`), and then listens no longer. Sound
 * that ends ends the command. Rejects with the signal's reason, or with what a stage throws.
 */
export const hearCommand = async (
  stages: ListenStages,
  microphone: Audio,
  { settings, signal, mayEndEarly = () => true }: ListenRequest,
): Promise<HeardCommand> => {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const speech = createChannel<SpeechEvent>(SPEECH_QUEUE);
  const attempts = new Map<number, { readonly abort: AbortController; readonly said: Transcript }>();
  const readings = new Map<number, string>();
  // It is its client that says "I am listening".
  let state = beginTurn(0, true);
  let heard: HeardCommand | undefined;
  let closed = false;
  const finals: Transcript[] = [];

  const giveUp = (except?: number): void => {
    for (const [id, { abort }] of attempts) if (id !== except) abort.abort();
  };
  /** @param attempt whose words are the command. */
  const finish = (attempt: number, text: string): void => {
    if (!closed && !mayEndEarly()) return;
    heard ??= { text, early: !closed };
    giveUp(attempt);
    over.abort();
  };
  const understand = async (id: number, said: Transcript, abort: AbortController): Promise<void> => {
    let understanding = PLAIN;
    try {
      understanding = await stages.understand(said, abort.signal);
    } catch (error) {
      if (isAbort(error) || abort.signal.aborted || over.signal.aborted) return;
    }
    readings.set(id, understanding.text ?? said.text);
    dispatch({ kind: 'understood', attempt: id, understanding });
  };
  const act = (action: TurnAction): void => {
    switch (action.kind) {
      case 'try': {
        const abort = new AbortController();
        attempts.set(action.attempt, { abort, said: action.said });
        void understand(action.attempt, action.said, abort);
        return;
      }
      case 'revoke':
        attempts.get(action.attempt)?.abort.abort();
        attempts.delete(action.attempt);
        return;
      case 'commit':
        finish(action.attempt, readings.get(action.attempt) ?? attempts.get(action.attempt)?.said.text ?? '');
        return;
      case 'finish':
        finish(state.attempts, attempts.get(state.attempts)?.said.text ?? '');
        return;
      case 'acknowledge':
      case 'reopen':
        return;
    }
  };
  const dispatch = (input: TurnInput): void => {
    if (heard) return;
    const step = stepTurn(state, input, settings);
    state = step.state;
    for (const action of step.actions) act(action);
  };

  const listen = async (): Promise<void> => {
    try {
      for await (const event of stages.endpoint(microphone, either)) {
        await speech.push(event, either);
        dispatch(event.kind === 'audio' ? { kind: 'heard', at: event.block.from + event.block.samples.length } : event);
      }
    } finally {
      speech.close();
    }
  };
  const read = async (): Promise<void> => {
    for await (const transcript of stages.transcribe(speech, either)) {
      if (transcript.kind === 'final' && transcript.text !== '') finals.push(transcript);
      dispatch({ kind: 'transcript', transcript });
    }
  };
  const leave = (): void => {
    if (!heard) giveUp();
  };
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await command();
  } finally {
    signal.removeEventListener('abort', leave);
    leave();
  }

  async function command(): Promise<HeardCommand> {
    try {
      await Promise.all([listen(), read()]);
    } catch (error) {
      if (!heard) throw signal.aborted ? signal.reason : error;
    }
    if (heard) return heard;
    // A stage that is given up may end without a word.
    signal.throwIfAborted();
    closed = true;
    if (!mayEndEarly()) {
      const texts = finals.map(
        async (said) => (await stages.understand(said, signal).catch(() => PLAIN)).text ?? said.text,
      );
      return { text: (await Promise.all(texts)).join(' '), early: false };
    }
    dispatch({ kind: 'closed' });
    return await decided();
  }

  /** What is being understood as the sound ends still counts. */
  async function decided(): Promise<HeardCommand> {
    if (heard) return heard;
    await new Promise<void>((resolve) => {
      if (either.aborted) resolve();
      else either.addEventListener('abort', () => resolve(), { once: true });
    });
    if (!heard) throw signal.reason;
    return heard;
  }
};
