import { isAbort } from '../faults.js';
import type { Audio, Endpointer, SpeechEvent, Transcriber, Transcript, Understanding } from '../stages.js';
import { createChannel } from './channel.js';
import { beginTurn, stepTurn, type TurnAction, type TurnInput, type TurnSettings } from './machine.js';

/** What hearing one command is made of: a turn without its answer. */
export interface ListenStages {
  readonly endpoint: Endpointer;
  readonly transcribe: Transcriber;
  /** What a text would mean, and with it how long to wait for more. Does nothing, and may prepare the answer. */
  readonly understand: (said: Transcript, signal: AbortSignal) => Promise<Understanding>;
}

export interface ListenRequest {
  readonly settings: TurnSettings;
  readonly signal: AbortSignal;
  /** Text while one speaks. It may change, up to the command. */
  readonly onPartial?: (text: string) => void;
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
  { settings, signal, onPartial, mayEndEarly = () => true }: ListenRequest,
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

  const finish = (text: string): void => {
    if (!closed && !mayEndEarly()) return;
    heard ??= { text, early: !closed };
    over.abort();
  };
  const understand = async (id: number, said: Transcript, abort: AbortController): Promise<void> => {
    let understanding = PLAIN;
    try {
      understanding = await stages.understand(said, AbortSignal.any([either, abort.signal]));
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
        finish(readings.get(action.attempt) ?? attempts.get(action.attempt)?.said.text ?? '');
        return;
      case 'finish':
        finish(attempts.get(state.attempts)?.said.text ?? '');
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
      if (transcript.kind === 'partial') onPartial?.(transcript.text);
      if (transcript.kind === 'final' && transcript.text !== '') finals.push(transcript);
      dispatch({ kind: 'transcript', transcript });
    }
  };
  try {
    await Promise.all([listen(), read()]);
  } catch (error) {
    if (!heard) throw signal.aborted ? signal.reason : error;
  }
  if (heard) return heard;
  closed = true;
  if (!mayEndEarly()) {
    const texts = finals.map(
      async (said) => (await stages.understand(said, signal).catch(() => PLAIN)).text ?? said.text,
    );
    return { text: (await Promise.all(texts)).join(' '), early: false };
  }
  dispatch({ kind: 'closed' });
  return await decided();

  /** What is being understood as the sound ends still counts. */
  async function decided(): Promise<HeardCommand> {
    if (heard) return heard;
    await new Promise<void>((resolve) => {
      if (over.signal.aborted) resolve();
      else either.addEventListener('abort', () => resolve(), { once: true });
    });
    if (!heard) throw signal.reason;
    return heard;
  }
};
