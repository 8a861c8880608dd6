import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { validateCall } from '../../src/llm/tool-guard.js';
import type { Tool } from '../../src/stages.js';
import { TURN_ON } from './ask.js';

const SET: Tool = {
  name: 'set_climate',
  description: 'Sets a climate',
  writes: true,
  parameters: {
    type: 'object',
    properties: {
      temperature: { type: 'number', minimum: 5, maximum: 30 },
      areas: { type: 'array', items: { type: 'string', enum: ['kitchen', 'living room'] } },
      fan: { type: 'boolean' },
      mode: { type: ['string', 'null'], enum: ['heat', 'cool', null] },
      until: { anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^\\d\\d:\\d\\d$' }] },
    },
    required: ['temperature'],
    additionalProperties: false,
  },
};
const TOOLS = [TURN_ON, SET];

const check = (name: string, given: unknown) => validateCall({ name, arguments: given }, TOOLS);
const argumentsOf = (name: string, given: unknown) => {
  const checked = check(name, given);
  return checked.kind === 'valid' ? checked.call.arguments : checked.message;
};

describe('a tool call that is right', () => {
  it('passes as it is, with its id and its tool', () => {
    expect(
      validateCall({ id: 'call_1', name: 'turn_on', arguments: { name: 'hall light', brightness: 5 } }, TOOLS),
    ).toEqual({
      kind: 'valid',
      tool: TURN_ON,
      call: { id: 'call_1', name: 'turn_on', arguments: { name: 'hall light', brightness: 5 } },
    });
  });
});

describe('a tool call that is wrong only in its form', () => {
  it.each([
    ['arguments as a string', 'turn_on', '{"name": "hall light"}', { name: 'hall light' }],
    ['a string in a string', 'turn_on', '"{\\"name\\": \\"hall light\\"}"', { name: 'hall light' }],
    ['arguments in a fence', 'turn_on', '```json\n{"name": "hall light"}\n```', { name: 'hall light' }],
    ['arguments wrapped', 'turn_on', { arguments: { name: 'hall light' } }, { name: 'hall light' }],
    ['a name in other letters', 'turn_on', { name: 'Kitchen Light ' }, { name: 'kitchen light' }],
    ['a name with underscores', 'turn_on', { name: 'kitchen_light' }, { name: 'kitchen light' }],
    ['a key in other letters', 'turn_on', { Name: 'hall light' }, { name: 'hall light' }],
    [
      'a number as a string',
      'turn_on',
      { name: 'hall light', brightness: '50%' },
      { name: 'hall light', brightness: 50 },
    ],
    ['a decimal comma', 'set_climate', { temperature: '21,5 °C' }, { temperature: 21.5 }],
    ['a truth as a string', 'set_climate', { temperature: 20, fan: 'True' }, { temperature: 20, fan: true }],
    ['one for a list', 'set_climate', { temperature: 20, areas: 'Kitchen' }, { temperature: 20, areas: ['kitchen'] }],
    [
      'a list as a string',
      'set_climate',
      { temperature: 20, areas: '["Living Room"]' },
      { temperature: 20, areas: ['living room'] },
    ],
    ['an option filled with nothing', 'turn_on', { name: 'hall light', brightness: '' }, { name: 'hall light' }],
    ['an option filled with null', 'turn_on', { name: 'hall light', brightness: null }, { name: 'hall light' }],
    ['null where it is a choice', 'set_climate', { temperature: 20, mode: null }, { temperature: 20, mode: null }],
    [
      'a choice with null beside it',
      'set_climate',
      { temperature: 20, mode: 'Heat' },
      { temperature: 20, mode: 'heat' },
    ],
    ['one of two kinds', 'set_climate', { temperature: 20, until: '7' }, { temperature: 20, until: 7 }],
    [
      'the other of two kinds',
      'set_climate',
      { temperature: 20, until: ' 07:30' },
      { temperature: 20, until: '07:30' },
    ],
    ['the tool in other letters', 'functions.TurnOn', { name: 'hall light' }, { name: 'hall light' }],
  ])('is put right: %s', (_, name, given, right) => {
    expect(argumentsOf(name, given)).toEqual(right);
  });
});

describe('a tool call that is wrong', () => {
  it.each([
    ['no such tool', 'unlock', {}, 'There is no tool "unlock". There are: turn_on, set_climate.'],
    [
      'another device',
      'turn_on',
      { name: 'garage' },
      'turn_on: name must be one of "kitchen light", "hall light", not "garage".',
    ],
    ['half a name', 'turn_on', { name: 'light' }, 'not "light"'],
    ['nothing given', 'turn_on', undefined, 'turn_on: name is missing.'],
    ['a required value left blank', 'turn_on', { name: '' }, 'not ""'],
    [
      'a limit it does not know',
      'turn_on',
      { name: 'hall light', area: 'attic' },
      'there is no "area" in the arguments',
    ],
    ['out of range', 'set_climate', { temperature: 300 }, 'temperature is wrong (300)'],
    ['words for a number', 'set_climate', { temperature: 'warm' }, 'temperature must be of type number, not "warm"'],
    ['half a number', 'turn_on', { name: 'hall light', brightness: '5.5' }, 'brightness must be of type int'],
    ['no object', 'turn_on', 'hall light', 'The arguments of turn_on must be a JSON object.'],
    ['a list', 'turn_on', ['hall light'], 'must be a JSON object'],
    ['wrong in a list', 'set_climate', { temperature: 20, areas: ['kitchen', 'cellar'] }, 'areas.1 must be one of'],
  ])('is answered so that the model can mend it: %s', (_, name, given, message) => {
    const checked = check(name, given);
    expect(checked.kind).toBe('invalid');
    expect(checked.kind === 'invalid' && checked.message).toContain(message);
  });

  it('never passes as right, and never throws, whatever a model sends', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue(), fc.json(), fc.record({ name: fc.jsonValue(), brightness: fc.jsonValue() })),
        (given) => {
          const checked = check('turn_on', given);
          if (checked.kind === 'invalid') return;
          const { name, brightness = 0, ...others } = checked.call.arguments as { name: unknown; brightness?: number };
          expect(['kitchen light', 'hall light']).toContain(name);
          expect(Number.isInteger(brightness) && brightness >= 0 && brightness <= 100).toBe(true);
          expect(others).toEqual({});
        },
      ),
    );
  });

  it('does not confuse two names that are the same but for their case', () => {
    const tool: Tool = {
      ...TURN_ON,
      parameters: { type: 'object', properties: { name: { enum: ['Bob', 'bob '] } }, required: ['name'] },
    };
    expect(validateCall({ name: 'turn_on', arguments: { name: 'BOB' } }, [tool]).kind).toBe('invalid');
  });

  it('is no way to reach what every object has', () => {
    expect(check('turn_on', JSON.parse('{"name": "hall light", "__proto__": {"brightness": 5}}')).kind).toBe('invalid');
    expect(check('constructor', {}).kind).toBe('invalid');
  });
});

it('says which tool has a schema that cannot be used', () => {
  const tool: Tool = { ...TURN_ON, parameters: { type: 'object', properties: { a: { not: { type: 'string' } } } } };
  expect(() => validateCall({ name: 'turn_on', arguments: {} }, [tool])).toThrow(/schema of the tool turn_on/);
});
