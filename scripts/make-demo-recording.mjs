// Joins a recorded wake word and a recorded command into one breath, for the turn that `start` shows.
// Usage: node scripts/make-demo-recording.mjs
// Reads and writes recordings/ (16 kHz, mono, 16 bit; see recordings/README.md for the sources).
import { readFileSync, writeFileSync } from 'node:fs';

const RATE = 16_000;
const folder = new URL('../recordings/', import.meta.url);

const read = (name) => {
  const bytes = readFileSync(new URL(name, folder));
  const data = bytes.indexOf('data', 12, 'latin1');
  const length = bytes.readUInt32LE(data + 4);
  return Float32Array.from({ length: length / 2 }, (_, i) => bytes.readInt16LE(data + 8 + 2 * i) / 32_768);
};

const cut = (samples, from, to) => samples.slice(Math.round(from * RATE), Math.round(to * RATE));
const peak = (samples) => samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** b after a, overlapped so that the two rooms' noise changes without a click. */
const join = (a, b, overlap) => {
  const n = Math.round(overlap * RATE);
  const out = new Float32Array(a.length + b.length - n);
  out.set(a.subarray(0, a.length - n));
  for (let i = 0; i < n; i++) out[a.length - n + i] = a[a.length - n + i] * (1 - i / n) + b[i] * (i / n);
  out.set(b.subarray(n), a.length);
  return out;
};

const wakeWord = cut(read('hey-jarvis.wav'), 0, 1.2);
const command = cut(read('turn-on-the-living-room-lamp.wav'), 0.35, 2.6);
const gain = peak(command) / peak(wakeWord);
const joined = join(
  wakeWord.map((value) => value * gain),
  command,
  0.05,
);

const wav = Buffer.alloc(44 + joined.length * 2);
wav.write('RIFF', 0, 'latin1');
wav.writeUInt32LE(36 + joined.length * 2, 4);
wav.write('WAVEfmt ', 8, 'latin1');
wav.writeUInt32LE(16, 16);
wav.writeUInt16LE(1, 20);
wav.writeUInt16LE(1, 22);
wav.writeUInt32LE(RATE, 24);
wav.writeUInt32LE(RATE * 2, 28);
wav.writeUInt16LE(2, 32);
wav.writeUInt16LE(16, 34);
wav.write('data', 36, 'latin1');
wav.writeUInt32LE(joined.length * 2, 40);
joined.forEach((value, i) => {
  wav.writeInt16LE(Math.max(-32_768, Math.min(32_767, Math.round(value * 32_767))), 44 + 2 * i);
});
writeFileSync(new URL('hey-jarvis-turn-on-the-living-room-lamp.wav', folder), wav);
