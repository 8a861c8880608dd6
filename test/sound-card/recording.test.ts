import { describe, expect, it } from 'vitest';
import { lineReader, startRecording } from '../../src/sound-card/recording.js';

/** A recorder made of Node: what this script writes is the sound. */
const node = (script: string) => ({ cmd: process.execPath, args: ['-e', script], env: process.env });

const listen = async (command: Parameters<typeof startRecording>[0]) => {
  const sound: Buffer[] = [];
  const lines: string[] = [];
  const recording = await startRecording(command, {
    onSound: (pcm) => sound.push(pcm),
    onLine: (line) => lines.push(line),
  });
  return { recording, sound, lines };
};

describe('a recorder', () => {
  it('hands over the bytes that the program writes, and nothing before them', async () => {
    const { recording, sound } = await listen(node('process.stdout.write(Buffer.from([1, 2, 3, 4]))'));
    expect(await recording.ended).toBe('exit code 0');
    expect([...Buffer.concat(sound)]).toEqual([1, 2, 3, 4]);
  });

  it('ends with the reason, and does not take the program along, where it is not installed', async () => {
    const { recording } = await listen({ cmd: 'no-such-recorder', args: [], env: process.env });
    expect(await recording.ended).toMatch(/ENOENT/);
    expect(recording.pid).toBeUndefined();
  });

  it('ends with the last words of the program where it fails', async () => {
    const { recording, lines } = await listen(
      node('console.error("Connection refused"); console.error("Time: 0.020 sec; Latency: 19 usec."); process.exit(1)'),
    );
    expect(await recording.ended).toBe('exit code 1: Connection refused');
    expect(lines).toHaveLength(2);
  });

  it('is gone when it is killed, also where it does not listen', async () => {
    const { recording } = await listen(node('process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'));
    recording.kill();
    expect(await recording.ended).toBe('SIGKILL');
    expect(() => process.kill(recording.pid!, 0)).toThrow();
  });
});

describe('what a program tells', () => {
  it('is read line by line, whatever pieces it comes in', () => {
    const lines: string[] = [];
    const read = lineReader((line) => lines.push(line));
    for (const piece of ['Stream sta', 'rted.\u001b[K \nTime: 0.1 sec', '; Latency: 5 usec.   \rTime', ': 0.2\r'])
      read(piece);
    expect(lines).toEqual(['Stream started.', 'Time: 0.1 sec; Latency: 5 usec.', 'Time: 0.2']);
  });

  it('is never kept at any length', () => {
    const lines: string[] = [];
    const read = lineReader((line) => lines.push(line));
    for (let i = 0; i < 1_000; i++) read('x'.repeat(1_000));
    read('\n');
    expect(lines[0]!.length).toBeLessThanOrEqual(300);
  });
});
