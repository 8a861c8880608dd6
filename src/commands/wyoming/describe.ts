import { type Info, isEvent, message, remoteError } from '../../wyoming/index.js';
import type { Setting } from '../setting.js';
import { talkTo, type WyomingFlags } from './exchange.js';

/** Shows what a Wyoming server offers. */
export const describe = async (setting: Setting, flags: WyomingFlags): Promise<number> => {
  const begin = performance.now();
  const info = await talkTo(setting, flags, async ({ connection, next }) => {
    await connection.send(message('describe'));
    for (;;) {
      const event = await next();
      if (isEvent(event, 'info')) return event.data;
      if (isEvent(event, 'error')) throw remoteError(event);
    }
  });
  const took = performance.now() - begin;
  console.log(flags.json === true ? JSON.stringify(info) : `${inWords(info)}\n(described in ${took.toFixed(0)} ms)`);
  return 0;
};

interface Artifact {
  readonly name: string;
  readonly description?: string | null;
  readonly version?: string | null;
  readonly installed: boolean;
  readonly attribution: { readonly name: string };
  readonly languages?: readonly string[];
  readonly phrase?: string | null;
  readonly speakers?: readonly unknown[] | null;
}

const KINDS = {
  wake: 'wake words',
  asr: 'speech to text',
  handle: 'conversation',
  intent: 'intents',
  tts: 'text to speech',
  mic: 'microphone',
  snd: 'loudspeaker',
} as const;

/** Longer lists are for `--json`. */
const MOST = 12;

const inWords = (info: Info): string => {
  const lines = Object.entries(KINDS).flatMap(([kind, title]) =>
    (info[kind as keyof typeof KINDS] ?? []).flatMap((program) => {
      const of = program as Artifact & { readonly models?: readonly Artifact[]; readonly voices?: readonly Artifact[] };
      const parts = of.models ?? of.voices ?? [];
      const abilities = Object.entries(program).flatMap(([name, value]) =>
        value === true && name !== 'installed' ? [name] : [],
      );
      return [
        `${title.padEnd(14)}  ${nameOf(of)}`,
        ...(abilities.length > 0 ? [`${' '.repeat(16)}${abilities.join(', ').replaceAll('_', ' ')}`] : []),
        ...parts.slice(0, MOST).map((part) => `${' '.repeat(16)}· ${partOf(part)}`),
        ...(parts.length > MOST ? [`${' '.repeat(16)}· and ${parts.length - MOST} more`] : []),
      ];
    }),
  );
  if (info.satellite) {
    const { area, name } = info.satellite;
    lines.push(`${'satellite'.padEnd(14)}  ${name}${area ? ` in ${area}` : ''}`);
  }
  return lines.length > 0 ? lines.join('\n') : 'It offers nothing.';
};

const nameOf = ({ description, installed, name, version }: Artifact): string =>
  `${name}${version ? ` ${version}` : ''}${description ? `: ${description}` : ''}${installed ? '' : ' (not installed yet)'}`;

const partOf = ({ attribution, installed, languages, name, phrase, description, speakers }: Artifact): string =>
  [
    name,
    phrase ? `“${phrase}”` : description && description !== name ? description : '',
    (languages ?? []).join(' '),
    speakers && speakers.length > 0 ? `${speakers.length} speakers` : '',
    attribution.name,
    installed ? '' : 'not installed yet',
  ]
    .filter((part) => part !== '')
    .join(' · ');
