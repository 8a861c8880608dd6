import { afterEach, describe, expect, it } from 'vitest';
import { type Microphone, type MicrophoneOptions, superviseMicrophone } from '../../src/sound-card/microphone.js';
import type { Recording, StartRecording } from '../../src/sound-card/recording.js';
import { type TestClock, testClock } from '../fakes/clock.js';
import { logLines } from '../llm/log-lines.js';

const never = new AbortController().signal;

/** A recorder that does what the test says. */
interface FakeRecorder {
  readonly killed: boolean;
  /** Sends 20 ms of one value after the time that takes. */
  speak(value: number, pieces?: number): Promise<void>;
  end(reason: string): Promise<void>;
  tell(line: string): void;
}

const microphones: { readonly microphone: Microphone; readonly clock: TestClock }[] = [];
afterEach(async () => {
  for (const { microphone, clock } of microphones.splice(0)) await clock.until(microphone.close());
});

const open = (options: Partial<MicrophoneOptions> = {}) => {
  const clock = testClock(1_000);
  const { log, lines } = logLines();
  const recorders: FakeRecorder[] = [];
  let there = true;
  const start: StartRecording = async (_, { onSound, onLine }) => {
    let end: (reason: string) => void = () => {};
    let killed = false;
    const ended = new Promise<string>((resolve) => {
      end = resolve;
    });
    recorders.push({
      get killed() {
        return killed;
      },
      async speak(value, pieces = 1) {
        for (let i = 0; i < pieces; i++) {
          await clock.advance(20);
          const pcm = Buffer.alloc(640);
          for (let at = 0; at < 640; at += 2) pcm.writeInt16LE(at % 4 === 0 ? value : -value, at);
          if (!killed) onSound(pcm);
        }
      },
      async end(reason) {
        end(reason);
        await clock.advance(0);
      },
      tell: onLine,
    });
    const recording: Recording = {
      pid: recorders.length,
      ended,
      kill() {
        killed = true;
        end('SIGKILL');
      },
    };
    return recording;
  };
  const { device } = options;
  const microphone = superviseMicrophone(
    { log, clock, ...options },
    { recorder: 'parec', ...(device !== undefined && { device }) },
    { command: async () => (there ? { cmd: 'parec', args: [], env: {} } : undefined), start },
  );
  microphones.push({ microphone, clock });
  const states: string[] = [];
  microphone.onState((state) => states.push(state));
  return {
    microphone,
    clock,
    lines,
    recorders,
    states,
    plug: (on: boolean) => {
      there = on;
    },
    /** The recorder of now. */
    latest: async () => {
      await clock.advance(0);
      return recorders.at(-1)!;
    },
  };
};

const heard = async (microphone: Microphone, from: number, to: number): Promise<Float32Array> => {
  for await (const { samples } of microphone.ring.read({ from, signal: never, blockSize: to - from })) return samples;
  throw new Error('nothing');
};

describe('a microphone', () => {
  it('writes what it hears into its ring, on a clock that knows when it was', async () => {
    const { microphone, latest, states } = open();
    const recorder = await latest();
    expect(microphone.state).toBe('starting');
    await recorder.speak(8_000, 50);
    expect(states).toEqual(['recording']);
    expect(microphone.now).toBe(16_000);
    expect(microphone.timeOf(0)).toBeCloseTo(1_000, 3);
    expect((await heard(microphone, 0, 16_000)).filter((sample) => Math.abs(sample) > 0.2)).toHaveLength(16_000);
  });

  it('starts a recorder again that ends, with silence at the place of what nobody recorded', async () => {
    const { microphone, clock, latest, states, lines } = open();
    await (await latest()).speak(8_000, 50);
    await (await latest()).end('exit code 1: Connection terminated');
    expect(microphone.state).toBe('lost');
    await clock.advance(1_000);
    await (await latest()).speak(8_000, 50);
    expect(states).toEqual(['recording', 'lost', 'recording']);
    expect(microphone.now).toBe(48_000);
    const sound = await heard(microphone, 0, 48_000);
    expect(sound.subarray(16_000, 32_000).every((sample) => sample === 0)).toBe(true);
    expect(Math.abs(sound[32_000]!)).toBeGreaterThan(0.2);
    expect(lines.filter((line) => line.includes('WARN'))).toHaveLength(1);
    expect(lines.join('')).toMatch(/Connection terminated/);
  });

  it('tries for ever, never more than a second apart, and says it once', async () => {
    const { clock, plug, recorders, latest, lines, microphone } = open();
    await (await latest()).speak(8_000, 10);
    plug(false);
    await (await latest()).end('exit code 1');
    await clock.advance(3_600_000);
    expect(lines.filter((line) => line.includes('WARN'))).toHaveLength(1);
    plug(true);
    await clock.advance(1_001);
    await recorders.at(-1)!.speak(8_000, 10);
    expect(microphone.state).toBe('recording');
    // The hour has passed on the capture clock too.
    expect(Math.abs(microphone.now - 16 * (3_600_000 + 1_001 + 400))).toBeLessThan(16);
  });

  it('lets who counts silence come to an end while nothing records', async () => {
    const { microphone, clock, plug, latest } = open();
    await (await latest()).speak(8_000, 50);
    plug(false);
    await (await latest()).end('exit code 1');
    await clock.advance(5_000);
    expect(microphone.now).toBeGreaterThan(16_000 + 4_500 * 16);
  });

  it('starts a recorder again that says nothing for two seconds', async () => {
    const { clock, latest, recorders, lines } = open();
    const first = await latest();
    await first.speak(8_000, 10);
    await clock.advance(1_990);
    expect(first.killed).toBe(false);
    await clock.advance(20);
    expect(first.killed).toBe(true);
    await clock.advance(100);
    expect(recorders).toHaveLength(2);
    expect(lines.join('')).toMatch(/no sound comes any more/);
  });

  it('has a patience for the first sound, since devices wake up', async () => {
    const { clock, latest } = open();
    const first = await latest();
    await clock.advance(3_900);
    expect(first.killed).toBe(false);
    await clock.advance(200);
    expect(first.killed).toBe(true);
  });

  it('does not listen to another device that the server gives it instead', async () => {
    const { microphone, clock, latest } = open({ device: 'usb' });
    const recorder = await latest();
    await recorder.speak(8_000, 10);
    recorder.tell('Stream moved to device vspk.monitor (2, not suspended).');
    await clock.advance(0);
    expect(recorder.killed).toBe(true);
    expect(microphone.state).toBe('lost');
    const any = open();
    const other = await any.latest();
    await other.speak(8_000, 10);
    other.tell('Stream moved to device usb (2, not suspended).');
    await any.clock.advance(0);
    expect(other.killed).toBe(false);
  });

  it('ends its recorder while it is muted, and starts another afterwards', async () => {
    const { microphone, clock, latest, recorders, states } = open();
    const first = await latest();
    await first.speak(8_000, 50);
    microphone.mute(true);
    await clock.advance(60_000);
    expect(first.killed).toBe(true);
    expect(recorders).toHaveLength(1);
    microphone.mute(false);
    await (await latest()).speak(8_000, 50);
    expect(states).toEqual(['recording', 'muted', 'starting', 'recording']);
    expect(microphone.now).toBe(62 * 16_000);
  });

  it('can be muted from the beginning', async () => {
    const { microphone, clock, recorders } = open({ muted: true });
    await clock.advance(10_000);
    expect(microphone.state).toBe('muted');
    expect(recorders).toHaveLength(0);
  });

  it('ends its readers and its recorder when it is closed', async () => {
    const { microphone, clock, latest } = open();
    const recorder = await latest();
    await recorder.speak(8_000, 10);
    const reading = (async () => {
      let count = 0;
      for await (const { samples } of microphone.read(0, never)) count += samples.length;
      return count;
    })();
    await clock.until(microphone.close());
    expect(recorder.killed).toBe(true);
    expect(await reading).toBe(3_200);
    expect(microphone.state).toBe('closed');
  });
});
