import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { homedir } from 'node:os';
import { join } from 'node:path';

const root = join(
  process.env.HA_RIG ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'home-assistant-rig'),
  'root',
);

/** A sound as Home Assistant serves it, MP3, as mono of 16 kHz: by the decoder that its rig has. */
export const decode = async (sound: Uint8Array): Promise<Float32Array> => {
  const command = [
    '-hide_banner',
    '-loglevel',
    'error',
    '-i',
    'pipe:0',
    '-f',
    'f32le',
    '-ac',
    '1',
    '-ar',
    '16000',
    'pipe:1',
  ];
  const child = spawn('/usr/sbin/chroot', [root, '/usr/local/bin/ffmpeg', ...command], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  child.stdin.end(sound);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`ffmpeg: ${code}`);
  const bytes = Buffer.concat(parts);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
};
