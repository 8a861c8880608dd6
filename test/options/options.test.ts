import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../src/faults.js';
import { describeOptions, formatOptions, isSecret } from '../../src/options/describe.js';
import { type LoadOptions, loadOptions } from '../../src/options/load.js';
import type { Machine } from '../../src/options/machine.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'options-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const machine = (changes: Partial<Machine> = {}): Machine => ({
  cores: 4,
  home: join(folder, 'home'),
  folder,
  environment: {},
  addOnOptions: join(folder, 'options.json'),
  addOn: false,
  ...changes,
});
const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const yaml = (text: string): string => write('evil-assistant.yaml', text);
const load = (request: LoadOptions = {}) => loadOptions({ machine: machine(), ...request });
const faultOf = (work: () => unknown): Fault => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    expect((error as Fault).code).toBe('usage');
    return error as Fault;
  }
  throw new Error('No fault');
};

describe('options', () => {
  it('have a default, each of them, and need no file', () => {
    const { options, file, warnings } = load();
    expect(file).toBeUndefined();
    expect(warnings).toEqual([]);
    expect(options.wake).toEqual({
      words: [{ word: 'hey_jarvis' }],
      threshold: 0.5,
      patience: 1,
      service: '',
      refractory: 2,
      voice_gate: 0.5,
    });
    expect(options.threads).toBe(3);
    expect(options.folders.models).toBe(join(folder, 'home/.cache/evil-assistant/models'));
    expect(options.folders.data).toBe(join(folder, 'home/.local/share/evil-assistant'));
    expect(options.voice.speaker).toBeUndefined();
    expect(options.log.record).toBe('');
  });

  it('fit the machine: threads by its cores, folders by XDG or in /data', () => {
    expect(load({ machine: machine({ cores: 1 }) }).options.threads).toBe(1);
    expect(load({ machine: machine({ cores: 64 }) }).options.threads).toBe(4);
    const environment = { XDG_CACHE_HOME: '/c', XDG_DATA_HOME: 'relative/is/ignored' };
    const { folders } = load({ machine: machine({ environment }) }).options;
    expect(folders.models).toBe('/c/evil-assistant/models');
    expect(folders.data).toBe(join(folder, 'home/.local/share/evil-assistant'));
    write('options.json', '{}');
    expect(load({ machine: machine({ addOn: true }) }).options.folders.models).toBe('/data/models');
  });

  it('are frozen through and through', () => {
    const { options } = load();
    expect(Object.isFrozen(options)).toBe(true);
    expect(Object.isFrozen(options.wake.words[0])).toBe(true);
    expect(() => {
      (options.wake as { threshold: number }).threshold = 1;
    }).toThrow(TypeError);
  });

  it('count the later of file, environment, --set and flags', () => {
    yaml('persona: file\ntone: adult\nwake:\n  threshold: 0.1\n  patience: 2\nlog:\n  level: error\n');
    const environment = {
      EVIL_ASSISTANT_WAKE_THRESHOLD: '0.2',
      EVIL_ASSISTANT_WAKE_PATIENCE: '3',
      EVIL_ASSISTANT_LOG_LEVEL: 'warn',
    };
    const { options, file } = load({
      machine: machine({ environment }),
      set: ['wake.patience=4', 'log.level=debug'],
      flags: { 'log.level': 'trace', persona: undefined },
    });
    expect(file).toBe(join(folder, 'evil-assistant.yaml'));
    expect(options.persona).toBe('file');
    expect(options.tone).toBe('adult');
    expect(options.wake.threshold).toBe(0.2);
    expect(options.wake.patience).toBe(4);
    expect(options.log.level).toBe('trace');
    // What the file does not name in a group keeps its default.
    expect(options.wake.refractory).toBe(2);
  });

  it("come from the add-on's options where it is one, and from the user's folder where here is no file", () => {
    write('options.json', '{\n\t"wake": {\n\t\t"words": ["alexa"]\n\t}\n}');
    yaml('persona: mine');
    const addOn = load({ machine: machine({ addOn: true }) }).options;
    expect(addOn.wake.words).toEqual([{ word: 'alexa' }]);
    expect(addOn.persona).toBe('demon');
    rmSync(join(folder, 'evil-assistant.yaml'));
    mkdirSync(join(folder, 'home/.config/evil-assistant'), { recursive: true });
    writeFileSync(join(folder, 'home/.config/evil-assistant/evil-assistant.yaml'), 'persona: home');
    expect(load().options.persona).toBe('home');
  });

  it('take lists as lists, comma-separated or in brackets', () => {
    yaml('wake:\n  words:\n    - alexa\n    - word: hey_mycroft\n      persona: imp\n      threshold: 0.7\n');
    expect(load().options.wake.words).toEqual([
      { word: 'alexa' },
      { word: 'hey_mycroft', persona: 'imp', threshold: 0.7 },
    ]);
    const environment = { EVIL_ASSISTANT_WAKE_WORDS: 'alexa, hey_jarvis' };
    expect(load({ machine: machine({ environment }) }).options.wake.words).toEqual([
      { word: 'alexa' },
      { word: 'hey_jarvis' },
    ]);
    expect(load({ set: ['wake.words=[{word: alexa, threshold: 0.3}]'] }).options.wake.words).toEqual([
      { word: 'alexa', threshold: 0.3 },
    ]);
  });

  it('want the address of Home Assistant and its token together', () => {
    const { message } = faultOf(() => load({ set: ['home_assistant.url=http://homeassistant.local:8123'] }));
    expect(message).toContain('home_assistant.token: *** given, one that belongs to url expected');
    const both = ['home_assistant.url=http://h:8123', 'home_assistant.token=secret'];
    expect(load({ set: both }).options.home_assistant.url).toBe('http://h:8123');
  });

  it('find Home Assistant by themselves in an add-on', () => {
    const addOn = machine({
      addOn: true,
      environment: { SUPERVISOR_TOKEN: 'abc' },
      addOnOptions: join(folder, 'none'),
    });
    const { options } = loadOptions({ machine: addOn });
    expect(options.home_assistant).toMatchObject({ url: 'ws://supervisor/core/websocket', token: 'abc' });
  });

  it('say what the address of a service looks like', () => {
    for (const good of [
      'wyoming://192.168.1.5:10300',
      'tcp://host:1/?model=base&language=de',
      'unix:///run/stt.sock',
      '',
    ]) {
      expect(load({ set: [`stt.service=${good}`] }).options.stt.service).toBe(good);
    }
    for (const bad of ['host:10300', 'wyoming://host', 'http://host:1', 'unix://here']) {
      const fault = faultOf(() => load({ set: [`stt.service=${bad}`] }));
      expect(fault.message).toContain(
        `stt.service: "${bad}" given, an address such as wyoming://192.168.1.5:10300 expected`,
      );
    }
  });

  it('understand the ways in which people write yes and no, and numbers between quotes', () => {
    yaml('offline: yes\npreload: "off"\nvoice:\n  effects: no\n  speed: "1.5"\n');
    const { offline, preload, voice } = load().options;
    expect({ offline, preload, voice }).toEqual({
      offline: true,
      preload: false,
      voice: { effects: false, speed: 1.5, service: '' },
    });
  });

  it('take an empty value, or an empty file, as none', () => {
    yaml('wake:\npersona:\nvoice:\n  speaker: null\n');
    expect(load().options.persona).toBe('demon');
    yaml('# nothing but a comment\n');
    expect(load().options.wake.threshold).toBe(0.5);
  });
});

describe('what is wrong with options', () => {
  it('is said all at once: option, value, what was expected and where it stands', () => {
    const path = yaml(
      'wake:\n  threshold: 1.5\n  treshold: 0.4\n  words:\n    - alexa\n    - word: hey_jarvis\n      threshold: 3\ntone: evil\nthread: 2\nvoice: loud\n',
    );
    const environment = { EVIL_ASSISTANT_STT_ENGINE: 'whisper' };
    const { message } = faultOf(() =>
      load({ machine: machine({ environment }), set: ['threads=many', 'cash.max_mb=1', 'offline'] }),
    );
    const lines = message.split('\n').map((line) => line.trim());
    expect(lines[0]).toBe('10 options are wrong:');
    expect(lines).toContain(`wake.threshold: 1.5 given, a number from 0 to 1 expected (${path}:2:14)`);
    expect(lines).toContain(`wake.treshold (${path}:3:3): there is no such option; did you mean wake.threshold?`);
    expect(lines).toContainEqual(expect.stringMatching(/^wake\.words\[2].*3.* expected \(.*:[67]:\d+\)$/));
    expect(lines).toContain(`tone: "evil" given, one of family, adult expected (${path}:8:7)`);
    expect(lines).toContain(`thread (${path}:9:1): there is no such option; did you mean threads?`);
    expect(lines).toContain(`voice (${path}:10:1): a group of options belongs here`);
    expect(lines).toContain(
      'stt.engine: "whisper" given, one of vosk, moonshine, both expected (environment variable EVIL_ASSISTANT_STT_ENGINE)',
    );
    expect(lines).toContain('threads: "many" given, a whole number from 1 to 64 expected (--set threads)');
    expect(lines).toContain('cash.max_mb (--set): there is no such option; did you mean cache.max_mb?');
    expect(lines).toContain('offline (--set): a flag has the form --set name=value');
  });

  it('finds the line in JSON too', () => {
    const path = write('options.json', '{\n  "threads": 0,\n  "persona": "Not a name"\n}\n');
    const { message } = faultOf(() => load({ machine: machine({ addOn: true }) }));
    expect(message).toContain(`threads: 0 given, a whole number from 1 to 64 expected (${path}:2:14)`);
    expect(message).toContain(`persona: "Not a name" given, a name expected (${path}:3:14)`);
  });

  it('finds the part of a list that is wrong', () => {
    const problem = (setting: string) =>
      faultOf(() => load({ set: [setting] }))
        .message.split('\n')[1]
        ?.trim();
    expect(problem('wake.words=')).toBe('wake.words: [] given, a list of 1 to 8 expected (--set wake.words)');
    expect(problem('wake.words=alexa,Hey You')).toMatch(/^wake\.words\[2].*"Hey You" given, a name/);
    expect(problem('wake.words=[{word: a, treshold: 3}]')).toMatch(/"treshold":3} given, no treshold expected/);
    expect(problem('wake.words=[{word: a, threshold: 3}]')).toMatch(/^wake\.words\[1]\.threshold: 3 given, at most 1/);
    expect(problem('folders.models=')).toMatch(/"" given, text that is not empty expected/);
  });

  it('includes waits that are out of order', () => {
    const { message } = faultOf(() => load({ set: ['endpoint.wait=500'] }));
    expect(message).toContain('endpoint.wait_extendable');
    expect(message).toContain('at least wait, 500');
  });

  it('shows no secret, and no value of an option that does not exist', () => {
    yaml('home:\n  token: abc123\napi_key: xyz789\n');
    const { message } = faultOf(() => load());
    expect(message).toContain('home.token');
    expect(message).not.toMatch(/abc123|xyz789/);
    expect(['home.token', 'api_key', 'mqtt.password'].every(isSecret)).toBe(true);
    expect(describeOptions().flatMap(({ name, secret }) => (secret ? [name] : []))).toEqual([
      'mind.key',
      'mind.cloud_key',
      'home_assistant.token',
    ]);
  });

  it('only warns of environment variables, which may be those of other programs', () => {
    const environment = { EVIL_ASSISTANT_WAKE_TRESHOLD: '0.4' };
    expect(load({ machine: machine({ environment }) }).warnings).toEqual([
      'EVIL_ASSISTANT_WAKE_TRESHOLD (environment): there is no such environment variable; did you mean EVIL_ASSISTANT_WAKE_THRESHOLD?',
    ]);
  });

  it('names the file that cannot be read, and the line where it breaks', () => {
    expect(faultOf(() => load({ file: join(folder, 'none.yaml') })).message).toMatch(/none\.yaml does not exist/);
    expect(faultOf(() => load({ file: folder })).message).toMatch(/is a folder/);
    const path = yaml('persona: demon\nwake: [1, 2\ntone: family\n');
    expect(faultOf(() => load()).message).toMatch(new RegExp(`^${path}:[234]:\\d+: the options cannot be read`));
    yaml('just words');
    expect(faultOf(() => load()).message).toMatch(/:1:1: an options file consists of lines like/);
    yaml('persona: a\npersona: b\n');
    expect(faultOf(() => load()).message).toMatch(/:2:1: .*unique/);
    yaml(`persona: ${'x'.repeat(1_100_000)}`);
    expect(faultOf(() => load()).message).toMatch(/larger than 1 MiB/);
  });

  it('does not reach into the objects of the program', () => {
    yaml('__proto__:\n  polluted: true\nwake:\n  __proto__:\n    threshold: 1\n');
    faultOf(() => load());
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('the description of options', () => {
  it('says of every option what it means, what may stand there and what stands there by default', () => {
    const options = describeOptions();
    expect(options.length).toBeGreaterThan(30);
    for (const option of options) {
      expect(option.description, option.name).not.toBe('');
      expect(option.expected, option.name).not.toMatch(/undefined|infinity/i);
      expect(option.default, option.name).not.toBe('');
      expect(option.name).toMatch(/^[a-z_]+(\.[a-z_]+)?$/);
    }
    expect(options.find(({ name }) => name === 'endpoint.wait')).toEqual({
      name: 'endpoint.wait',
      description: 'Silence before a whole, harmless command is acted on',
      kind: 'number',
      expected: 'a number from 0 to 5000 (ms)',
      default: '180',
      unit: 'ms',
      variable: 'EVIL_ASSISTANT_ENDPOINT_WAIT',
      secret: false,
    });
    expect(new Set(options.map(({ variable }) => variable)).size).toBe(options.length);
  });

  it('is the same on every machine, and has a line for each', () => {
    const text = formatOptions();
    expect(text.split('\n').length).toBe(describeOptions().length);
    expect(text).toContain('threads ');
    expect(text).toContain('[cores − 1, 1 to 4]');
  });
});
