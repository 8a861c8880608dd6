import { Fault } from '../../faults.js';
import type { ChatMessage, Command, Hands, Home, Outcome, Run, Tool, ToolCall, TurnContext } from '../../stages.js';
import type { Part } from '../compound.js';
import { wordsOfOutcome } from './outcome-words.js';

/** Holds the form of a call against the schema of its tool. */
export type CheckCall = (
  call: ToolCall,
  tools: readonly Tool[],
) =>
  | { readonly kind: 'valid'; readonly tool: Tool; readonly call: ToolCall }
  /** In words for the model that made the call. */
  | { readonly kind: 'invalid'; readonly message: string };

interface Calling {
  readonly hands: Pick<Hands, 'command'>;
  readonly home: Pick<Home, 'perform'>;
  readonly check: CheckCall;
  readonly tools: readonly Tool[];
  readonly context: TurnContext;
  readonly run: Run;
  /** Calls of this turn so far, which are not done again. */
  readonly seen: Set<string>;
  /** Does what changes something, once the turn has decided to act; says what came of it. */
  readonly carryOut: (part: Part) => Promise<readonly Outcome[]>;
  /** Says what was read. */
  readonly tell: (outcome: Outcome) => Promise<void>;
}

/** What came of the calls of one answer. */
export interface Called {
  /** For the model, in the order of its calls. */
  readonly results: readonly ChatMessage[];
  readonly outcomes: readonly Outcome[];
  readonly invalid: number;
  /** Waits for a spoken yes; nothing after it was done. */
  readonly guarded?: Part;
}

/** A model that wants more at once has lost its way. */
const MOST_CALLS = 5;

/**
 * Carries out a model's calls one after the other. What only reads is read at once; what changes something waits for the
 * turn to decide, and what touches more than a few harmless things for a spoken yes: the words that led to it were not
 * understood by the house itself. Throws what the home throws, other than a `Fault` 'input', which is for the model.
 */
export async function callAll(calls: readonly ToolCall[], calling: Calling): Promise<Called> {
  const { check, context, hands, home, run, seen, tools } = calling;
  const results: ChatMessage[] = [];
  const outcomes: Outcome[] = [];
  let invalid = 0;
  const answer = ({ id, name }: ToolCall, text: string): void => {
    results.push({ role: 'tool', name, ...(id !== undefined && { id }), text });
  };
  const refuse = (call: ToolCall, message: string): void => {
    invalid += 1;
    answer(call, message);
  };

  for (const [at, wanted] of calls.entries()) {
    const key = JSON.stringify([wanted.name, wanted.arguments]);
    if (seen.has(key)) {
      answer(wanted, 'That was called already.');
      continue;
    }
    seen.add(key);
    if (at >= MOST_CALLS) {
      answer(wanted, 'That is too much at once. It was not done.');
      continue;
    }
    const checked = check(wanted, tools);
    if (checked.kind === 'invalid') {
      refuse(wanted, checked.message);
      continue;
    }
    const { call, tool } = checked;
    if (tool.writes) await run.committed;
    let command: Command;
    try {
      command = await hands.command(call, context, run.signal);
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'input') throw error;
      refuse(wanted, error.message);
      continue;
    }
    run.signal.throwIfAborted();
    const part: Part = { text: inWords(call), command };
    if (!tool.writes) {
      const outcome = await home.perform(command, { ...run, committed: Promise.resolve(), mark: () => {} });
      outcomes.push(outcome);
      answer(wanted, wordsOfOutcome(outcome));
      await calling.tell(outcome);
    } else if (command.risk !== 'harmless') {
      return { results, outcomes, invalid, guarded: part };
    } else {
      const done = await calling.carryOut(part);
      outcomes.push(...done);
      answer(wanted, done.map(wordsOfOutcome).join(' '));
    }
  }
  return { results, outcomes, invalid };
}

/** A call as it can be asked about: "set lock, front door, unlock". */
const inWords = ({ arguments: given, name }: ToolCall): string => {
  const values = typeof given === 'object' && given !== null ? Object.values(given) : [];
  return [name, ...values.filter((value) => ['string', 'number'].includes(typeof value))]
    .map((part) => String(part).replaceAll('_', ' ').slice(0, 60))
    .join(', ');
};
