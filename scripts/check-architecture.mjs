// The layers of src, held equal to the rule in ARCHITECTURE.md: which folder may import from which.
// Usage: node scripts/check-architecture.mjs [src folder]   Prints every import that breaks the rule; exit code 1 if there is one.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** Anybody may import these; they import only each other. Single files count as folders of their own. */
const GROUND = ['units', 'faults', 'stages', 'clock', 'log', 'package', 'random', 'time-limit', 'no-telemetry'];
/** Each with what it may import besides the ground. Stages never import each other. */
const ALLOWED = {
  ...Object.fromEntries(GROUND.map((name) => [name, []])),
  audio: [],
  phonetics: [],
  text: [],
  effects: [],
  timeline: [],
  engines: [],
  models: [],
  'voice-detector': [],
  persona: ['text'],
  options: [],
  // A library of its own: it imports nothing of ours at all.
  wyoming: [],
  'home-assistant': [],
  // Stages
  wake: ['audio', 'engines', 'voice-detector'],
  endpoint: ['audio', 'engines', 'voice-detector'],
  stt: ['audio', 'engines', 'phonetics'],
  tts: ['audio', 'engines', 'effects', 'text'],
  home: ['phonetics', 'home-assistant'],
  conversation: ['persona', 'phonetics', 'text'],
  assistant: ['audio', 'timeline'],
  llm: ['engines', 'models'],
  // What others are served with, and what others serve us with
  services: ['audio', 'wyoming'],
  satellite: ['audio', 'wyoming'],
  elsewhere: ['audio', 'wyoming'],
  // At the edges of the machine and of the house
  'sound-card': ['audio', 'engines'],
  setup: ['home-assistant', 'wyoming'],
  status: [],
  'add-on': [],
};
/** Folders that not even the ground may be imported into. */
const ALONE = ['wyoming'];
/** The composition root and what stands on it: may import everything. */
const TOP = [
  'main',
  'cli',
  'commands',
  'bench',
  'recognition',
  'model-needs',
  'personas',
  'ears',
  'company',
  'dwelling',
  'tell-house',
  'services-elsewhere',
  'mind',
  'mind-search',
  'live',
  'together',
  'offered-voices',
  'wyoming-services',
];

const root = resolve(process.argv[2] ?? 'src');
const place = (file) =>
  relative(root, file)
    .split(sep)[0]
    .replace(/\.[jt]s$/, '');
const files = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? files(join(folder, entry.name))
      : entry.name.endsWith('.ts')
        ? [join(folder, entry.name)]
        : [],
  );

const broken = [];
for (const file of files(root)) {
  const from = place(file);
  if (TOP.includes(from)) continue;
  const allowed = ALLOWED[from];
  if (!allowed) {
    broken.push(`${relative(root, file)}: the folder ${from} has no rule`);
    continue;
  }
  for (const [, target] of readFileSync(file, 'utf8').matchAll(/(?:from|import|new URL)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)) {
    const to = place(resolve(dirname(file), target));
    if (to === from || to === '..' || (GROUND.includes(to) && !ALONE.includes(from)) || allowed.includes(to)) continue;
    broken.push(`${relative(root, file)}: ${from} may not import ${to} (${target})`);
  }
}
for (const line of broken) console.error(line);
if (broken.length > 0) process.exitCode = 1;
else console.log('architecture: every import keeps to its layer');
