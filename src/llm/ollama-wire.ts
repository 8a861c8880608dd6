import type { Message as OllamaMessage, Tool as OllamaTool } from 'ollama';
import type { Fault } from '../faults.js';
import type { ChatMessage, Prompt, Tool } from '../stages.js';
import type { Bytes } from '../units.js';
import { beginningOf } from './response-text.js';
import { ModelFault, quote } from './trouble.js';

/** Ollama's answers have lines of some hundred bytes; a tool call may be longer. */
const LONGEST_LINE: Bytes = 1_000_000;

/** Our messages as Ollama wants them. What was spoken already stands last, so that templates that can go on from it. */
export const ollamaMessages = ({ system, messages, begin }: Prompt): OllamaMessage[] => [
  ...(system === '' ? [] : [{ role: 'system', content: system }]),
  ...messages.map(toOllama),
  ...(begin ? [{ role: 'assistant', content: begin }] : []),
];

const toOllama = (message: ChatMessage): OllamaMessage => {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: message.text };
    case 'tool':
      return { role: 'tool', content: message.text, tool_name: message.name };
    case 'assistant': {
      const tool_calls = (message.calls ?? []).map((call) => ({
        function: { name: call.name, arguments: objectOf(call.arguments) },
      }));
      return { role: 'assistant', content: message.text, ...(tool_calls.length > 0 && { tool_calls }) };
    }
  }
};

/** The server refuses a whole conversation for one call whose arguments are no object. */
const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

export const ollamaTools = (tools: readonly Tool[]): OllamaTool[] =>
  tools.map(({ name, description, parameters }) => ({ type: 'function', function: { name, description, parameters } }));

interface CareSettings {
  readonly fetch: typeof fetch;
  /** Ends the request, in the prefill too: the package's own signal counts only from the first word. */
  readonly signal: AbortSignal;
  /** What the server said instead of an answer. Status 200: in the middle of one. */
  readonly refusal: (status: number, message: string) => Fault;
  readonly garbage: () => Fault;
  /** Something came. */
  readonly alive?: () => void;
}

/**
 * The `fetch` that the package `ollama` is given. It carries our signal, says which trouble a bad answer is, and lets
 * only whole JSON lines through, because the package prints what it cannot read to the console.
 */
export const carefulFetch =
  ({ fetch, signal, refusal, garbage, alive }: CareSettings): typeof globalThis.fetch =>
  async (input, init) => {
    const response = await fetch(input, { ...init, signal, redirect: 'manual' });
    if (!response.ok) throw refusal(response.status, errorOf(await beginningOf(response)) ?? response.statusText);
    const type = response.headers.get('content-type') ?? '';
    if (!response.body || /^text\/(html|xml)|^(image|audio|video)\//.test(type)) {
      await response.body?.cancel();
      throw garbage();
    }
    const checked = response.body.pipeThrough(jsonLines({ refusal, garbage, alive: alive ?? (() => {}) }));
    return new Response(checked, { status: response.status, headers: response.headers });
  };

const jsonLines = ({ refusal, garbage, alive }: Pick<Required<CareSettings>, 'refusal' | 'garbage' | 'alive'>) => {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let rest = '';
  const check = (line: string): Uint8Array | undefined => {
    if (line.trim() === '') return undefined;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw garbage();
    }
    if (typeof value !== 'object' || value === null) throw garbage();
    if ('error' in value) throw refusal(200, String(value.error));
    return encoder.encode(`${line}\n`);
  };
  return new TransformStream<Uint8Array, Uint8Array>({
    transform(bytes, out) {
      alive();
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = lines.pop()!;
      if (rest.length > LONGEST_LINE) throw garbage();
      for (const line of lines) {
        const checked = check(line);
        if (checked) out.enqueue(checked);
      }
    },
    flush(out) {
      const checked = check(rest + decoder.decode());
      if (checked) out.enqueue(checked);
    },
  });
};

const errorOf = (body: string): string | undefined => {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && 'error' in value) return String(value.error);
  } catch {
    // A proxy's page, perhaps.
  }
  return body.trim() || undefined;
};

const PULL = (model: string) => `Fetch it with \`ollama pull ${model}\`, or choose one that the server has.`;

/** What Ollama's own words mean. They vary by version, so the status counts first. */
export const ollamaRefusal =
  (who: string, model: string, secrets: readonly string[]) =>
  (status: number, message: string): ModelFault => {
    const said = quote(message, secrets);
    if (status === 404 || /model .*not found|pull model manifest: file does not exist/i.test(message)) {
      return new ModelFault('missing', `${who} does not have the model ${model}.`, { hint: PULL(model) });
    }
    if (status === 401 || status === 403) {
      return new ModelFault('refused', `${who} does not let us in (${status}).`, { hint: 'Check the key.' });
    }
    if (status === 429 || /server busy|maximum pending requests/i.test(message)) {
      const hint = 'Give it time, or fewer guests (OLLAMA_NUM_PARALLEL, OLLAMA_MAX_QUEUE).';
      return new ModelFault('busy', `${who} is busy.`, { hint });
    }
    if (
      /more system memory|out of memory|unable to allocate|insufficient memory|signal: killed|cudaMalloc/i.test(message)
    ) {
      const hint = 'Choose a smaller model or a smaller num_ctx, or free memory on the server.';
      return new ModelFault('memory', `${who} has too little memory for ${model}: ${said}`, { hint });
    }
    if (/does not support tools/i.test(message)) {
      return new ModelFault('no-tools', `The model ${model} cannot call tools.`, {
        hint: 'Choose a model with tools, for example llama3.2:3b.',
      });
    }
    if (/loading model|waiting for .*runner to start/i.test(message)) {
      return new ModelFault('loading', `${who} is still loading ${model}.`, {
        hint: 'It will answer when it is done.',
      });
    }
    if (status === 400 || /option .*must be|invalid option/i.test(message)) {
      return new ModelFault('options', `${who} does not accept what it is asked: ${said}`, {
        hint: 'Check the options of the language model: num_ctx, num_predict, temperature, num_thread, keep_alive.',
      });
    }
    if (status >= 300 && status < 400) {
      const hint = 'Give the address that it leads to as url.';
      return new ModelFault('options', `${who} leads elsewhere (${status}).`, { hint });
    }
    return new ModelFault('failed', `${who} failed${status === 200 ? '' : ` (${status})`}: ${said}`, {
      hint: "The server's own log says more.",
    });
  };
