import { z } from 'zod';
import { optionsSchema } from '../../dist/options/schema.js';

/** Options of the program that are none of the add-on's user, and why. */
const NOT_IN_THE_ADD_ON = {
  port: 'config.yaml says which ports there are',
  bind: 'the container has its own network',
  folders: '/data is where everything is kept',
  offline: 'a first start without models could never end',
  'home.kind': 'the house is the Home Assistant that runs the add-on',
  'home_assistant.url': 'the Supervisor gives it',
  'home_assistant.token': 'the Supervisor gives it',
  'satellite.port': 'config.yaml says which ports there are',
  'microphone.port': 'config.yaml says which ports there are',
  'loudspeaker.port': 'config.yaml says which ports there are',
  'microphone.recorder': 'the image has one, for the sound server of the Supervisor',
  'loudspeaker.player': 'the image has one, for the sound server of the Supervisor',
  status: 'the page is the one that Home Assistant shows',
  'log.format': "the Supervisor's log is plain",
};

/** What comes first on the page; all else follows in the order of the program. */
const FIRST = [
  'wake',
  'persona',
  'tone',
  'language',
  'stt',
  'mind',
  'voice',
  'satellite',
  'microphone',
  'loudspeaker',
  'conversation',
  'home',
];

const machine = (cores) => ({ cores, home: '~', folder: '.', environment: {}, addOnOptions: '', addOn: false });

/**
 * The program's options as an add-on's. Every option inside a group is optional to the Supervisor: options that are saved by an
 * older version lack what a newer one knows, and it would refuse to start with them.
 * @param catalogue of the models, for the words there are to wake up on
 */
export const addOnOptions = (catalogue) => {
  const words = catalogue.models.flatMap(({ id }) => (id.startsWith('wake-') ? [id.slice('wake-'.length)] : []));
  const { properties } = z.toJSONSchema(optionsSchema(machine(2)), { io: 'input' });
  const [defaults, elsewhere] = [2, 8].map((cores) => defaultsOf(properties, optionsSchema(machine(cores))));
  const known = Object.keys(properties).flatMap((name) => [
    name,
    ...Object.keys(properties[name].properties ?? {}).map((key) => `${name}.${key}`),
  ]);
  const gone = Object.keys(NOT_IN_THE_ADD_ON).filter((name) => !known.includes(name));
  if (gone.length > 0) throw new Error(`scripts/add-on/options.mjs: there is no option ${gone.join(', ')} any more`);
  const rank = (name) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  const names = Object.keys(properties).sort((one, other) => rank(one) - rank(other));

  /** Options with a description, nested as they are. */
  const groups = {};
  const options = {};
  const schema = {};
  for (const name of names) {
    if (name in NOT_IN_THE_ADD_ON) continue;
    const json = properties[name];
    if (!json.properties) {
      groups[name] = { description: describe(json) };
      schema[name] = scalar(json, name);
      if (defaults[name] === elsewhere[name]) options[name] = defaults[name];
      continue;
    }
    const inner = Object.entries(json.properties).filter(([key]) => !(`${name}.${key}` in NOT_IN_THE_ADD_ON));
    if (inner.length === 0) continue;
    groups[name] = { fields: {} };
    options[name] = {};
    schema[name] = {};
    for (const [key, leaf] of inner) {
      groups[name].fields[key] = { description: describe(leaf), ...inside(leaf) };
      schema[name][key] = typeOf(leaf, `${name}.${key}`, words);
      // A default that depends on the machine is the program's business.
      const [value, other] = [defaults[name][key], elsewhere[name][key]];
      if (value !== undefined && JSON.stringify(value) === JSON.stringify(other)) options[name][key] = value;
    }
  }
  return { groups, options, schema };
};

const describe = ({ description = '', unit }) => (unit ? `${description} (${unit})` : description);

const typeOf = (json, name, words) => {
  if (json.type !== 'array') return scalar(json, name);
  const item = shapeOf(json.items);
  if (item.properties === undefined) return [scalar(item, name)];
  return [
    Object.fromEntries(
      Object.entries(item.properties).map(([key, leaf]) => {
        const type = key === 'word' ? `list(${words.join('|')})` : scalar(leaf, name);
        return [key, item.required?.includes(key) ? type.replace(/\?$/, '') : type];
      }),
    ),
  ];
};

/** Of several forms that an item of a list may have, the one that can say everything. */
const shapeOf = (items) => items.anyOf?.find(({ properties }) => properties) ?? items;

/** What a list's items consist of, for translations. */
const inside = ({ type, items }) => {
  const properties = type === 'array' ? shapeOf(items).properties : undefined;
  return properties && { fields: Object.fromEntries(Object.keys(properties).map((key) => [key, { description: '' }])) };
};

/** What the program takes where nothing is said. */
const defaultsOf = (properties, schema) =>
  schema.parse(
    Object.fromEntries(Object.entries(properties).flatMap(([name, json]) => (json.properties ? [[name, {}]] : []))),
  );

/** A type in the Supervisor's notation, always optional. */
const scalar = (json, name) => {
  const { type, pattern, minimum = '', maximum = '', minLength = '', maxLength = '' } = json;
  if (json.enum) return `list(${json.enum.join('|')})?`;
  switch (type) {
    case 'boolean':
      return 'bool?';
    case 'integer':
      return `int(${minimum},${maximum})?`;
    case 'number':
      return `float(${minimum},${maximum})?`;
    case 'string':
      if (pattern) return `match(${pattern})?`;
      return `${json.secret ? 'password' : 'str'}${minLength === '' && maxLength === '' ? '' : `(${minLength},${maxLength})`}?`;
    default:
      throw new Error(`${name}: the Supervisor has no type for ${JSON.stringify(json)}`);
  }
};
