// Writes what the add-on says of its options from the program's own schema, so that there is one truth: `version`, `options`
// and `schema` of config.yaml, and the frame of translations/*.yaml, whose texts are written by hand.
// Usage: node scripts/make-add-on.mjs [--check] [--image ghcr.io/owner/name]     Needs a build.
//   --check   writes nothing; exit code 1 where a file is not as it would be written
//   --image   names the published image (the release workflow does); without it, what config.yaml says of it is kept
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parse, parseDocument, Scalar, stringify } from 'yaml';
import { addOnOptions } from './add-on/options.mjs';
import { frameOf, missingIn } from './add-on/translations.mjs';

const { values: flags } = parseArgs({ options: { check: { type: 'boolean' }, image: { type: 'string' } } });
const root = new URL('../', import.meta.url);
const read = (path) => readFileSync(new URL(path, root), 'utf8');
const trouble = [];

// The Supervisor reads YAML 1.1, to which an `off` without quotes is no text.
const OLD = { version: '1.1' };
const WIDTH = { ...OLD, lineWidth: 120 };

/** Writes, or says that it is not as it should be. */
const put = (path, text) => {
  if (read(path) === text) return;
  if (flags.check) trouble.push(`${path} is not what "node scripts/make-add-on.mjs" writes`);
  else writeFileSync(new URL(path, root), text);
};

const { groups, options, schema } = addOnOptions(parse(read('models/catalogue.yaml')));

const config = parseDocument(read('config.yaml'), OLD);
const quoted = new Scalar(JSON.parse(read('package.json')).version);
quoted.type = 'QUOTE_DOUBLE';
config.set('version', quoted);
if (flags.image !== undefined) config.set('image', flags.image);
config.set('options', config.createNode(options));
config.set('schema', config.createNode(schema));
put('config.yaml', config.toString({ ...WIDTH, lineWidth: 0 }));

const ports = Object.keys(config.toJS().ports ?? {});
for (const file of readdirSync(new URL('translations/', root)).sort()) {
  const path = `translations/${file}`;
  const given = parse(read(path)) ?? {};
  const frame = frameOf(groups, ports, given, { english: file === 'en.yaml' });
  trouble.push(...missingIn(frame).map((name) => `${path}: ${name} has no text yet`));
  put(path, `---\n${stringify(frame, WIDTH)}`);
}

for (const line of trouble) console.error(line);
if (trouble.length > 0) process.exitCode = 1;
else console.log('add-on: options, schema and translations are those of the program');
