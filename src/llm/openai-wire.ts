import type { ChatMessage, Prompt, Thinking, Tool, ToolCall } from '../stages.js';

/** Our messages in the dialect of OpenAI's chat completions, where each call has an id and arguments are a string. */
export const openaiMessages = ({ system, messages, begin }: Prompt): Record<string, unknown>[] => {
  let made = 0;
  /** Calls that have no result yet. */
  let open: { readonly id: string; readonly name: string }[] = [];
  const convert = (message: ChatMessage): Record<string, unknown> => {
    switch (message.role) {
      case 'user':
        return { role: 'user', content: message.text };
      case 'tool': {
        const call =
          open.find(({ id }) => id === message.id) ?? open.find(({ name }) => name === message.name) ?? open[0];
        open = open.filter((other) => other !== call);
        return { role: 'tool', tool_call_id: call?.id ?? message.id ?? `call_${++made}`, content: message.text };
      }
      case 'assistant': {
        const calls = (message.calls ?? []).map((call) => ({ ...call, id: call.id ?? `call_${++made}` }));
        open = calls;
        const tool_calls = calls.map(({ id, name, arguments: given }) => ({
          id,
          type: 'function',
          function: { name, arguments: typeof given === 'string' ? given : JSON.stringify(given ?? {}) },
        }));
        return { role: 'assistant', content: message.text, ...(tool_calls.length > 0 && { tool_calls }) };
      }
    }
  };
  return [
    ...(system === '' ? [] : [{ role: 'system', content: system }]),
    ...messages.map(convert),
    ...(begin ? [{ role: 'assistant', content: begin }] : []),
  ];
};

export const openaiTools = (tools: readonly Tool[]): Record<string, unknown>[] =>
  tools.map(({ name, description, parameters }) => ({ type: 'function', function: { name, description, parameters } }));

/** What counts of a chunk. All of it may be missing, or something else. */
interface Chunk {
  readonly error?: unknown;
  readonly choices?: readonly {
    readonly delta?: { readonly content?: unknown; readonly tool_calls?: readonly CallPiece[] | null };
    readonly finish_reason?: string | null;
  }[];
  readonly usage?: { readonly total_tokens?: unknown } | null;
}
interface CallPiece {
  readonly index?: number;
  readonly id?: string | null;
  readonly function?: { readonly name?: string | null; readonly arguments?: unknown };
}

export interface ChunkReader {
  /** Text that is new. Throws a `SyntaxError` for what is no chunk. */
  take(data: string): { readonly text: string; readonly error?: unknown };
  /** The calls, put together from their pieces. */
  calls(): Extract<Thinking, { kind: 'call' }>[];
  /** A call has begun. */
  readonly calling: boolean;
  /** The model said that it had finished. */
  readonly finished: boolean;
  /** Of prompt and answer, where the server says. */
  readonly tokens: number | undefined;
}

interface GrowingCall {
  id: string | undefined;
  name: string;
  given: string;
}

const MOST_CALLS = 32;

/** Reads one answer. */
export const chunkReader = (): ChunkReader => {
  const growing = new Map<number, GrowingCall>();
  let finished = false;
  let tokens: number | undefined;

  const grow = ({ index, id, function: piece }: CallPiece): void => {
    // Some servers number nothing and send each call whole: an id of its own, or a name, begins another.
    const last = growing.size - 1;
    const at = index ?? (last < 0 || (id ? id !== growing.get(last)?.id : piece?.name) ? last + 1 : last);
    const call = growing.get(at) ?? { id: undefined, name: '', given: '' };
    call.id ??= id ?? undefined;
    if (typeof piece?.name === 'string' && call.name === '') call.name = piece.name;
    const { arguments: given } = piece ?? {};
    if (typeof given === 'string') call.given += given;
    else if (given !== undefined && given !== null) call.given = JSON.stringify(given);
    if (growing.size < MOST_CALLS || growing.has(at)) growing.set(at, call);
  };

  return {
    take(data) {
      const value: unknown = JSON.parse(data);
      if (typeof value !== 'object' || value === null) throw new SyntaxError('no chunk');
      const { error, choices, usage } = value as Chunk;
      if (error) return { text: '', error };
      if (typeof usage?.total_tokens === 'number') tokens = usage.total_tokens;
      const [choice] = Array.isArray(choices) ? (choices as NonNullable<Chunk['choices']>) : [];
      const calls = choice?.delta?.tool_calls;
      if (Array.isArray(calls)) for (const piece of calls as readonly CallPiece[]) grow(piece);
      if (choice?.finish_reason) finished = true;
      const content = choice?.delta?.content;
      return { text: typeof content === 'string' ? content : '' };
    },
    calls: () =>
      [...growing.values()]
        .filter(({ name }) => name !== '')
        .map(({ id, name, given }) => {
          const call: ToolCall = { ...(id && { id }), name, arguments: parsed(given) };
          return { kind: 'call', call };
        }),
    get calling() {
      return growing.size > 0;
    },
    get finished() {
      return finished;
    },
    get tokens() {
      return tokens;
    },
  };
};

/** Arguments as JSON; as the string that came where they are none: whoever checks the call says so to the model. */
const parsed = (given: string): unknown => {
  if (given.trim() === '') return {};
  try {
    return JSON.parse(given);
  } catch {
    return given;
  }
};
