import { describe, expect, it } from 'vitest';
import { chooseModel, modelToPull } from '../../src/llm/choose-model.js';
import { isInHouse, isThisMachine } from '../../src/llm/leaving.js';
import type { ModelEntry } from '../../src/llm/ollama-server.js';

const entry = (name: string, gigabytes: number, rest: Partial<ModelEntry> = {}): ModelEntry => ({
  name,
  bytes: gigabytes * 1e9,
  remote: false,
  ...rest,
});
const USUAL = [entry('llama3.2:1b', 1.3), entry('llama3.2:3b', 2), entry('phi3:mini', 2.2), entry('gemma2:2b', 1.6)];
const GB = 1e9;

describe('the choice of a model', () => {
  it('is the best of the usual ones where nothing is known of the machine', () => {
    expect(chooseModel(USUAL)).toBe('llama3.2:3b');
  });

  it.each([
    [{ memory: 16 * GB, cores: 8 }, 'llama3.2:3b'],
    [{ memory: 16 * GB, cores: 4 }, 'llama3.2:1b'],
    [{ memory: 16 * GB, cores: 2 }, undefined],
    [{ memory: 2 * GB, cores: 4 }, 'llama3.2:1b'],
    [{ memory: 1 * GB, cores: 4 }, undefined],
    [{ memory: 3 * GB, cores: 1, accelerated: true }, 'llama3.2:3b'],
  ])('goes by memory and cores: %o → %s', (machine, model) => {
    expect(chooseModel(USUAL, machine)).toBe(model);
    expect(modelToPull(machine)).toBe(model);
  });

  it('knows other names of the same model', () => {
    expect(chooseModel([entry('llama3.2:1b-instruct-q4_K_M', 0.8), entry('mistral:7b', 4)])).toBe(
      'llama3.2:1b-instruct-q4_K_M',
    );
    expect(chooseModel([entry('llama3.2:latest', 2)])).toBe('llama3.2:latest');
  });

  it('takes the largest that fits where there is no usual one', () => {
    const models = [entry('qwen2.5:0.5b', 0.4, { parameters: 0.5e9 }), entry('mistral:7b', 4.1, { parameters: 7e9 })];
    expect(chooseModel(models)).toBe('mistral:7b');
    expect(chooseModel(models, { memory: 4 * GB, cores: 4 })).toBe('qwen2.5:0.5b');
  });

  it('is none where only nonsense or somebody else would speak', () => {
    expect(
      chooseModel([
        entry('smollm2:135m', 0.1, { parameters: 135e6 }),
        entry('big-cloud', 0.1, { parameters: 1e12, remote: true }),
      ]),
    ).toBeUndefined();
    expect(chooseModel([])).toBeUndefined();
  });
});

describe('an address', () => {
  it.each([
    'http://localhost:1',
    'http://127.0.0.1',
    'http://[::1]:1',
    'http://76e18fb5-ollama:11434',
    'http://ollama:11434',
  ])('is of this machine: %s', (url) => expect([isThisMachine(url), isInHouse(url)]).toEqual([true, true]));
  it.each([
    'http://192.168.1.5',
    'http://10.0.0.1',
    'http://172.20.1.1',
    'http://[fd00::1]',
    'http://nas',
    'http://homeassistant.local',
    'http://nas.fritz.box',
  ])('is of this house: %s', (url) => expect([isThisMachine(url), isInHouse(url)]).toEqual([false, true]));
  it.each([
    'https://ollama.com',
    'http://8.8.8.8',
    'http://172.32.0.1',
    'http://[2001:db8::1]',
    'http://my-ollama.example.com',
    'http://10.example.com',
  ])('is outside: %s', (url) => expect([isThisMachine(url), isInHouse(url)]).toEqual([false, false]));
});
