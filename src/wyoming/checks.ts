/** A field that may be missing. Python's library writes `null` for some of them, so that is the same. */
export type Optional<Value> = Value | null | undefined;

interface Problem {
  /** Where in the data, as `asr[0].name`; empty for the value itself. */
  readonly path: string;
  /** What should stand there. */
  readonly expected: string;
}

/** Says what is wrong with a value, or nothing. `Value` is what a value that passes is. */
export interface Check<Value> {
  (value: unknown): Problem | undefined;
  readonly passes?: Value;
}

/** A check for every field of a message: one that is forgotten, or of another kind, does not compile. */
export type Shape<Data> = { readonly [Name in keyof Required<Data>]: Check<Data[Name] | undefined> };
export type Shapes<Messages> = { readonly [Type in keyof Messages]: Shape<Messages[Type]> };

const TEXT_CHARACTERS = 65_536;
const NAME_CHARACTERS = 1024;
const LIST_ITEMS = 10_000;

const leaf = <Value>(expected: string, good: (value: unknown) => boolean): Check<Value> => {
  const problem: Problem = { path: '', expected };
  return (value) => (good(value) ? undefined : problem);
};

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const flag: Check<boolean> = leaf('true or false', (value) => typeof value === 'boolean');
export const anything: Check<unknown> = leaf('anything', () => true);
export const anyObject: Check<Readonly<Record<string, unknown>>> = leaf('an object', isObject);

export const integer = (min: number, max: number): Check<number> =>
  leaf(
    `a whole number from ${min} to ${max}`,
    (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
  );

/** JSON can say 1e400, which is Infinity here. */
export const number = (min = -Number.MAX_VALUE, max = Number.MAX_VALUE): Check<number> =>
  leaf(
    min === -Number.MAX_VALUE ? 'a number' : `a number from ${min} to ${max}`,
    (value) => typeof value === 'number' && value >= min && value <= max,
  );

const characters = (max: number): Check<string> =>
  leaf(`text of at most ${max} characters`, (value) => typeof value === 'string' && value.length <= max);

/** What people say and read. */
export const text = characters(TEXT_CHARACTERS);
/** Names, ids, languages, addresses. */
export const name = characters(NAME_CHARACTERS);

export const oneOf = <const Values extends readonly string[]>(...values: Values): Check<Values[number]> =>
  leaf(`one of ${values.join(', ')}`, (value) => values.includes(value as string));

export const optional = <Value>(check: Check<Value>): Check<Optional<Value>> => {
  return (value) => (value === undefined || value === null ? undefined : check(value));
};

export const list = <Value>(item: Check<Value>): Check<readonly Value[]> => {
  const problem: Problem = { path: '', expected: `a list of at most ${LIST_ITEMS}` };
  return (value) => {
    if (!Array.isArray(value) || value.length > LIST_ITEMS) return problem;
    for (let index = 0; index < value.length; index++) {
      const found = item(value[index]);
      if (found) return within(`[${index}]`, found);
    }
    return undefined;
  };
};

export const object = <Data>(shape: Shape<Data>): Check<Data> => {
  const fields = Object.entries(shape) as [string, Check<unknown>][];
  const problem: Problem = { path: '', expected: 'an object' };
  return (value) => {
    if (!isObject(value)) return problem;
    for (const [field, check] of fields) {
      const found = check(value[field]);
      if (found) return within(field, found);
    }
    return undefined;
  };
};

const within = (step: string, { path, expected }: Problem): Problem => ({
  path: path === '' || path.startsWith('[') ? `${step}${path}` : `${step}.${path}`,
  expected,
});
