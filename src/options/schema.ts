import { z } from 'zod';
import { dataFolder, type Machine, modelsFolder } from './machine.js';

/** What is said of an option beside its type, for help, documents and reports. */
interface About {
  readonly description: string;
  readonly unit?: 'ms' | 's' | 'MB';
  /** The default in words, where it depends on the machine. */
  readonly default_text?: string;
  /** What may stand there, where its type does not say it. */
  readonly expected_text?: string;
  /** Never shown. */
  readonly secret?: boolean;
}

const about = <Schema extends z.ZodType>(schema: Schema, meta: About): Schema => schema.meta({ ...meta }) as Schema;

const milliseconds = (fallback: number, min: number, max: number, description: string) =>
  about(z.number().min(min).max(max).default(fallback), { description, unit: 'ms' });

const seconds = (fallback: number, min: number, max: number, description: string) =>
  about(z.number().min(min).max(max).default(fallback), { description, unit: 's' });

const share = (fallback: number, description: string) =>
  about(z.number().min(0).max(1).default(fallback), { description });

const whole = (fallback: number, min: number, max: number, meta: About) =>
  about(z.int().min(min).max(max).default(fallback), meta);

const flag = (fallback: boolean, description: string) => about(z.boolean().default(fallback), { description });

const choice = <const Names extends readonly [string, ...string[]]>(
  names: Names,
  fallback: Names[number],
  description: string,
) => about(z.enum(names).default(fallback as never), { description });

const text = (fallback: string, description: string, default_text?: string) =>
  about(z.string().default(fallback), { description, ...(default_text ? { default_text } : {}) });

const folder = (fallback: string, description: string, default_text: string) =>
  about(z.string().min(1).default(fallback), { description, default_text });

/** A Wyoming service elsewhere; empty is none. */
const service = (what: string, wishes = '') =>
  about(
    z
      .string()
      .regex(/^$|^(wyoming|tcp):\/\/([^\s/?#:@]+|\[[0-9a-fA-F:]+\]):\d{1,5}\/?(\?\S*)?$|^unix:\/\/\/[^\s?]+(\?\S*)?$/)
      .default(''),
    {
      description: `${what}, as wyoming://host:port${wishes}; ours stands behind it`,
      default_text: 'none',
      expected_text: 'an address such as wyoming://192.168.1.5:10300',
    },
  );

const name = z.string().regex(/^[a-z0-9][a-z0-9_-]*$/);

/** A word to wake up on; a plain name stands for itself with all defaults. */
const wakeWord = z
  .union([
    name,
    z.strictObject({ word: name, persona: name.optional(), threshold: z.number().min(0).max(1).optional() }),
  ])
  .transform((given) => (typeof given === 'string' ? { word: given } : given));

/**
 * The one truth about options: their names, types, limits, defaults and what they mean. Groups are one level deep, as
 * an add-on's options can be.
 */
export const optionsSchema = (machine: Machine) =>
  z.strictObject({
    wake: z.strictObject({
      words: about(
        z
          .array(wakeWord)
          .min(1)
          .max(8)
          .default([{ word: 'hey_jarvis' }]),
        {
          description:
            'Words to wake up on: a name, or {word, persona, threshold} for a word that calls another persona',
          default_text: 'hey_jarvis',
        },
      ),
      threshold: share(0.5, 'How sure the detector must be, 0…1; lower wakes more often, wrongly too'),
      patience: whole(1, 1, 20, { description: 'Frames of 80 ms in a row that must be sure' }),
      refractory: seconds(2, 0, 30, 'Deaf time after a detection, so that one word is heard once'),
      voice_gate: share(0.5, 'How sure the voice detector must be that somebody speaks, 0…1; 0 is off'),
      service: service('A Wyoming service that listens for the wake words instead'),
    }),
    persona: about(name.default('demon'), { description: 'Who speaks: a file in the folder of personas' }),
    tone: choice(['family', 'adult'], 'family', 'How evil the lines may be'),
    language: about(
      z
        .string()
        .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/)
        .default('en'),
      { description: 'Language of speech and answers, as in "en"' },
    ),
    stt: z.strictObject({
      engine: choice(['vosk', 'moonshine', 'both'], 'vosk', 'Recogniser; both together act sooner where they agree'),
      service: service('A Wyoming service that recognises speech instead', '?model=NAME&language=en'),
    }),
    endpoint: z
      .strictObject({
        wait: milliseconds(180, 0, 5_000, 'Silence before a whole, harmless command is acted on'),
        wait_agreed: milliseconds(120, 0, 5_000, 'The same where two recognisers agree'),
        wait_extendable: milliseconds(400, 0, 5_000, 'Silence before a command that could go on is acted on'),
        wait_talk: milliseconds(500, 0, 10_000, 'Silence before words that are no command are answered'),
        wait_unfinished: milliseconds(900, 0, 10_000, 'Silence before a sentence that breaks off is answered'),
        final_silence: milliseconds(1_000, 100, 10_000, 'Silence that ends the speech for good'),
        reopen: milliseconds(1_500, 0, 10_000, 'How long the microphone stays open after acting'),
        max_command: seconds(15, 2, 60, 'The longest command; it is cut there'),
        acknowledge_after: milliseconds(700, 0, 10_000, 'Silence after a wake word before the persona answers to it'),
        listen_timeout: seconds(5, 1, 60, 'How long it waits for a command after its wake word'),
      })
      .check(inOrder(['wait_agreed', 'wait', 'wait_extendable', 'wait_talk', 'wait_unfinished', 'final_silence'])),
    voice: z.strictObject({
      speaker: about(z.int().min(0).max(10_000).optional(), {
        description: "Speaker of the voice's model, by number",
        default_text: "the persona's",
      }),
      speed: about(z.number().min(0.5).max(2).default(1), { description: 'Times the natural speed' }),
      effects: flag(true, 'The demonic effects'),
      service: service(
        'A Wyoming service whose voice gets the effects instead',
        '?voice=NAME&speaker=NAME&language=en',
      ),
    }),
    conversation: z.strictObject({
      commands: choice(
        ['auto', 'home', 'caller'],
        'auto',
        'Who carries out what is asked over Wyoming: our home, or the Home Assistant that asks; auto is our home where it is a real one',
      ),
      forget: seconds(300, 10, 86_400, 'Silence after which a conversation is forgotten'),
      follow_up: seconds(5, 0, 60, 'How long one may go on without the wake word after an answer; 0 is off'),
      service: service('A Wyoming service that answers instead', '?language=en'),
    }),
    mind: z
      .strictObject({
        engine: choice(
          ['auto', 'ollama', 'embedded', 'none'],
          'auto',
          'What thinks where no written line fits: an Ollama server, a model in our own process, or nothing; auto takes what is there',
        ),
        url: text('', 'Where Ollama is, as http://192.168.1.5:11434', 'looked for at the usual places'),
        key: about(z.string().max(2_000).default(''), {
          description: 'What Ollama is to be shown, where something guards it',
          default_text: 'none',
          secret: true,
        }),
        model: text('', 'Language model: a name that Ollama knows, or a GGUF file', 'the best that is there and fits'),
        fetch: flag(false, 'Fetch a model that is not there: some gigabytes'),
        hands: choice(
          ['auto', 'on', 'off'],
          'auto',
          'Whether the model may act in the house; auto where it is large enough to choose right',
        ),
        num_ctx: whole(0, 0, 131_072, {
          description: 'Tokens that the model holds; 0 is 1024, or 4096 where it may act',
        }),
        num_predict: whole(100, 10, 4_096, { description: 'Tokens of an answer, at most' }),
        temperature: about(z.number().min(0).max(2).default(0.7), { description: 'How freely it chooses its words' }),
        num_thread: whole(0, 0, 256, {
          description: 'Threads of the model; 0 is all cores but one where it runs on this machine',
        }),
        keep_alive: about(
          z
            .string()
            .regex(/^-?\d+(?:ms|s|m|h)?$/)
            .default('-1'),
          {
            description: 'How long Ollama keeps the model in memory, as 10m; -1 is for good',
            expected_text: 'a time such as 10m, or -1',
          },
        ),
        cloud_url: text('', 'An OpenAI-compatible endpoint that helps out, as https://api.openai.com/v1', 'none'),
        cloud_key: about(z.string().max(2_000).default(''), {
          description: 'Its key',
          default_text: 'none',
          secret: true,
        }),
        cloud_model: text('', 'Its model', 'none'),
        cloud_requests: whole(200, 1, 1_000_000, { description: 'Questions a day that may leave the house, at most' }),
        cloud_budget: whole(200_000, 1_000, 1_000_000_000, { description: 'Tokens a day of those, at most' }),
        fallback_after: milliseconds(250, 0, 30_000, 'How long the own model may take before the cloud is asked too'),
        taunt_after: milliseconds(300, 0, 10_000, 'How long an answer may take before a taunt covers the wait'),
      })
      .check(bothOrNone('cloud_url', 'cloud_model')),
    home: z.strictObject({
      kind: choice(
        ['auto', 'demo', 'home_assistant'],
        'auto',
        'The house that is spoken to; auto is Home Assistant where it is known, else a demo house that stands in',
      ),
      area: about(z.string().max(100).optional(), {
        description: 'Room of the microphone, so that "here" has a meaning',
        default_text: 'none',
      }),
      guarded: flag(false, 'Whether locks, alarms and garage doors may be moved, after a spoken yes'),
      marked: about(z.array(z.string().min(1).max(200)).max(500).default([]), {
        description:
          'What is as guarded as a lock too: entity ids, areas, labels, domains, device classes or intents of Home Assistant',
        default_text: 'none',
      }),
      confirm_above: whole(20, 1, 1_000, { description: 'More things than this at once are asked about first' }),
    }),
    home_assistant: z
      .strictObject({
        url: about(
          z
            .string()
            .max(500)
            .default(supervised(machine) ? 'ws://supervisor/core/websocket' : ''),
          {
            description: 'Where Home Assistant is, as http://homeassistant.local:8123',
            default_text: 'none; in the add-on, the Home Assistant it runs in',
          },
        ),
        token: about(
          z
            .string()
            .max(2_000)
            .default(supervised(machine) ?? ''),
          {
            description: 'Long-lived access token of an administrator, from the page of your profile in Home Assistant',
            default_text: "none; in the add-on, the Supervisor's",
            secret: true,
          },
        ),
        events: flag(true, 'Events and states of the assistant for automations'),
        events_text: flag(false, 'Whether those events hold what was said'),
        setup: flag(false, 'At start, add our services and an "Evil Assistant" pipeline to Home Assistant'),
      })
      .check(bothOrNone('url', 'token')),
    status: z.strictObject({
      port: whole(0, 0, 65_535, { description: 'Port of the status page, for this machine alone; 0 is off' }),
    }),
    satellite: z.strictObject({
      mode: choice(
        ['off', 'local', 'home_assistant'],
        'off',
        'Whether this machine listens and speaks itself: whole turns here, or as a satellite that Home Assistant drives',
      ),
      port: whole(10_700, 1, 65_535, { description: 'Port of the satellite; never that of the services' }),
      name: about(z.string().min(1).max(100).default('Evil Assistant'), { description: "The satellite's name" }),
      area: text('', 'The room it stands in, for Home Assistant', 'none'),
      effects: flag(false, 'The demonic effects on what Home Assistant says through it'),
    }),
    microphone: z.strictObject({
      recorder: choice(['auto', 'parec', 'arecord', 'sox', 'rec'], 'auto', 'Program that records'),
      device: text('', 'Microphone, by a part of its name; see "pactl list short sources"', "the system's"),
      channel: whole(0, 0, 32, { description: 'Channel to listen to; 0 is all of them, mixed' }),
      gain: about(z.number().min(-40).max(40).default(0), { description: 'Gain in dB' }),
      port: whole(0, 0, 65_535, { description: 'Port at which others get its sound over Wyoming; 0 is off' }),
    }),
    loudspeaker: z.strictObject({
      player: choice(['auto', 'pacat', 'aplay', 'speaker'], 'auto', 'Program that plays'),
      device: text('', 'Loudspeaker, by a part of its name; see "pactl list short sinks"', "the system's"),
      volume: share(1, 'Volume, 0…1'),
      duck: about(z.number().min(0).max(60).default(0), {
        description: 'By how many dB other programs are turned down while somebody is listened to; 0 is off',
      }),
      keep_alive: flag(
        false,
        'Play silence all the time, for loudspeakers that fall asleep and swallow the first syllable',
      ),
      port: whole(0, 0, 65_535, { description: 'Port at which others may play sound over Wyoming; 0 is off' }),
    }),
    port: whole(10_400, 0, 65_535, { description: 'Port of the Wyoming services; 0 is off' }),
    bind: about(z.string().min(1).max(255).default('0.0.0.0'), {
      description: 'Address that the ports are opened on; 127.0.0.1 keeps them on this machine',
    }),
    threads: about(
      z
        .int()
        .min(1)
        .max(64)
        .default(Math.min(4, Math.max(1, machine.cores - 1))),
      { description: 'Threads that an engine may use', default_text: 'cores − 1, 1 to 4' },
    ),
    preload: flag(true, 'Load models at start instead of at first use'),
    offline: flag(false, 'Fetch nothing; what is not there is an error'),
    folders: z.strictObject({
      models: folder(modelsFolder(machine), 'Fetched models', '~/.cache/evil-assistant/models'),
      data: folder(dataFolder(machine), 'What the program keeps', '~/.local/share/evil-assistant'),
    }),
    cache: z.strictObject({
      max_mb: whole(200, 0, 100_000, { description: 'Rendered speech on disk, at most; 0 is off', unit: 'MB' }),
    }),
    log: z.strictObject({
      level: choice(
        ['silent', 'error', 'warn', 'info', 'debug', 'trace'],
        'info',
        'What is logged; speech from debug on',
      ),
      format: choice(['auto', 'pretty', 'plain', 'json'], 'auto', 'Look of the log; auto is pretty on a terminal'),
      record: text('', 'File that gets a line of JSON for each turn; empty is off', 'off'),
      record_text: flag(false, 'Whether those lines hold what was said'),
    }),
  });

/** Waits that are out of order would make the longer one pointless. */
function inOrder<Name extends string>(names: readonly Name[]) {
  return (payload: z.core.ParsePayload<Record<Name, number>>): void => {
    names.slice(1).forEach((later, i) => {
      const earlier = names[i]!;
      if (payload.value[later] >= payload.value[earlier]) return;
      payload.issues.push({
        code: 'custom',
        input: payload.value[later],
        path: [later],
        message: `at least ${earlier}, ${payload.value[earlier]}`,
      });
    });
  };
}

/** One of them says nothing without the other. */
function bothOrNone<Name extends string>(one: Name, other: Name) {
  return (payload: z.core.ParsePayload<Record<Name, string | boolean>>): void => {
    for (const [given, missing] of [
      [one, other],
      [other, one],
    ] as const) {
      if (payload.value[given] === '' || payload.value[missing] !== '') continue;
      payload.issues.push({ code: 'custom', input: '', path: [missing], message: `one that belongs to ${given}` });
    }
  };
}

/** What opens Home Assistant's door to an add-on. */
const supervised = ({ addOn, environment }: Machine): string | undefined =>
  addOn ? environment.SUPERVISOR_TOKEN : undefined;

/** All groups are there in what is parsed; only options may be missing. */
export type Options = DeepReadonly<z.output<ReturnType<typeof optionsSchema>>>;

type DeepReadonly<Value> = Value extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
    : Value;
