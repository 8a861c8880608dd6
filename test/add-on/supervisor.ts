/** What the Supervisor does with an add-on's options (supervisor/apps/options.py), for tests. */

/** A scalar's type in `schema`. */
const ELEMENT =
  /^(?:bool|email|url|port|device(?:\(subsystem=[a-z]+\))?|str(?:\((\d+)?,(\d+)?\))?|password(?:\((\d+)?,(\d+)?\))?|int(?:\((-?\d+)?,(-?\d+)?\))?|float(?:\((-?\d*\.?\d+)?,(-?\d*\.?\d+)?\))?|match\((.*)\)|list\((.+)\))\??$/;

type Schema = string | readonly [Schema] | { readonly [key: string]: Schema };

export const isScalarType = (type: unknown): type is string => typeof type === 'string' && ELEMENT.test(type);

export const isOptional = (type: Schema): boolean =>
  typeof type === 'string' ? type.endsWith('?') : Array.isArray(type) && isOptional(type[0] as Schema);

/** The options of config.yaml under what the user has saved: groups are merged, all else is replaced. */
export const merged = (defaults: unknown, saved: unknown): unknown => {
  if (!isGroup(defaults) || !isGroup(saved)) return saved;
  const keys = [...new Set([...Object.keys(defaults), ...Object.keys(saved)])];
  return Object.fromEntries(
    keys.map((key) => [
      key,
      key in saved ? (key in defaults ? merged(defaults[key], saved[key]) : saved[key]) : defaults[key],
    ]),
  );
};

/** What ends up in /data/options.json. @throws where the Supervisor would refuse to save or to start. */
export const validated = (schema: Schema, value: unknown, name = 'options'): unknown => {
  if (typeof schema === 'string') return scalar(schema, value, name);
  if (Array.isArray(schema)) {
    if (!Array.isArray(value)) throw new Error(`${name}: a list is expected`);
    return value.map((item, i) => validated(schema[0] as Schema, item, `${name}[${i}]`));
  }
  if (!isGroup(value)) throw new Error(`${name}: a group is expected`);
  const known = schema as { readonly [key: string]: Schema };
  for (const [key, type] of Object.entries(known)) {
    if (!(key in value) && !isOptional(type)) throw new Error(`Missing option '${key}' in ${name}`);
  }
  // What the schema does not know is dropped with a warning.
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      key in known ? [[key, validated(known[key]!, inner, `${name}.${key}`)]] : [],
    ),
  );
};

const scalar = (type: string, value: unknown, name: string): unknown => {
  const [whole, ...parts] = ELEMENT.exec(type) ?? [];
  if (whole === undefined) throw new Error(`${name}: ${type} is no type`);
  if (value === null || value === undefined) throw new Error(`Missing required option '${name}'`);
  const refuse = (): never => {
    throw new Error(`${name}: ${JSON.stringify(value)} is not ${type}`);
  };
  const within = (size: number, min: string | undefined, max: string | undefined): boolean =>
    (min === undefined || size >= Number(min)) && (max === undefined || size <= Number(max));
  if (/^(str|password)/.test(type)) {
    const [min, max] = type.startsWith('str') ? parts.slice(0, 2) : parts.slice(2, 4);
    return typeof value === 'string' && within(value.length, min, max) ? value : refuse();
  }
  if (/^(int|float)/.test(type)) {
    const [min, max] = type.startsWith('int') ? parts.slice(4, 6) : parts.slice(6, 8);
    const number = Number(value);
    return Number.isFinite(number) && within(number, min, max) ? number : refuse();
  }
  if (type.startsWith('bool')) return typeof value === 'boolean' ? value : refuse();
  if (type.startsWith('match')) return new RegExp(`^(?:${parts[8]})`).test(String(value)) ? value : refuse();
  if (type.startsWith('list')) return parts[9]!.split('|').includes(String(value)) ? value : refuse();
  return value;
};

const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What config.yaml says of what an add-on may do. */
export interface Privileges {
  readonly apparmor?: boolean;
  readonly ingress?: boolean;
  readonly auth_api?: boolean;
  readonly privileged?: readonly string[];
  readonly kernel_modules?: boolean;
  readonly hassio_role?: string;
  readonly host_network?: boolean;
  readonly host_pid?: boolean;
  readonly host_uts?: boolean;
  readonly docker_api?: boolean;
  readonly full_access?: boolean;
}

const STRONG =
  'BPF CHECKPOINT_RESTORE DAC_READ_SEARCH NET_ADMIN NET_RAW PERFMON SYS_ADMIN SYS_MODULE SYS_PTRACE SYS_RAWIO';

/** The security rating, 1 to 8 (supervisor/apps/utils.py). */
export const securityRating = (it: Privileges, ownProfile: boolean): number => {
  if (it.docker_api || it.full_access) return 1;
  const strong = it.kernel_modules || it.privileged?.some((one) => STRONG.split(' ').includes(one));
  const changes = [
    it.apparmor === false ? -1 : ownProfile ? 1 : 0,
    it.ingress ? 2 : it.auth_api ? 1 : 0,
    strong ? -1 : 0,
    it.hassio_role === 'manager' ? -1 : it.hassio_role === 'admin' ? -2 : 0,
    it.host_network ? -1 : 0,
    it.host_pid ? -2 : 0,
    it.host_uts && it.privileged?.includes('SYS_ADMIN') ? -1 : 0,
  ];
  return Math.max(
    1,
    Math.min(
      8,
      changes.reduce((sum, change) => sum + change, 5),
    ),
  );
};
