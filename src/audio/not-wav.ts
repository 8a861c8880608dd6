import { Fault } from '../faults.js';
import { conversionHint } from './wav-format.js';

interface Likeness {
  readonly name: string;
  /** Whether sox reads it as it comes from the package managers. */
  readonly sox: boolean;
  /** Sound, so that converting it makes sense. */
  readonly sound: boolean;
}

const like = (name: string, sox = false, sound = true): Likeness => ({ name, sox, sound });

/** What the first bytes of a file look like; undefined where nothing is known of them. */
const likenessOf = (head: Uint8Array): Likeness | undefined => {
  const text = String.fromCharCode(...head.subarray(0, 12));
  if (text.startsWith('fLaC')) return like('a FLAC file', true);
  if (text.startsWith('OggS')) return like('an Ogg file (Vorbis or Opus)', true);
  if (text.startsWith('ID3')) return like('an MP3 file');
  if (text.startsWith('FORM')) return like('an AIFF file', true);
  if (text.startsWith('RIFX')) return like('a big-endian WAV (RIFX)', true);
  if (text.startsWith('RIFF')) return like(`a RIFF file of another kind (${printable(text.slice(8, 12))})`, false);
  if (text.startsWith('riff')) return like('a Wave64 file', true);
  if (text.startsWith('caff')) return like('a Core Audio file', true);
  if (text.startsWith('.snd')) return like('a Sun/NeXT sound file', true);
  if (text.startsWith('#!AMR')) return like('an AMR file');
  if (text.slice(4, 8) === 'ftyp') return like('an MP4 or M4A file');
  if (text.startsWith('\x1aE\xdf\xa3')) return like('a WebM or Matroska file');
  if (text.startsWith('PK\x03\x04')) return like('a ZIP archive', false, false);
  if (text.startsWith('\x1f\x8b')) return like('a gzip archive', false, false);
  if (text.startsWith('version http')) return like('a Git LFS pointer, not the file itself', false, false);
  const sync = head.length >= 2 && head[0] === 0xff;
  // ADTS (AAC) is told from MPEG audio by its layer bits, which are 00.
  if (sync && (head[1]! & 0xf6) === 0xf0) return like('an AAC file');
  if (sync && (head[1]! & 0xe0) === 0xe0) return like('an MP3 file');
  if (head.length > 0 && head.every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte > 31 && byte < 127))) {
    return like('a text file', false, false);
  }
  return undefined;
};

const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').trim();

/** The Fault for a file whose first bytes are not those of a WAV. */
export const notWav = (name: string, head: Uint8Array): Fault => {
  const likeness = likenessOf(head);
  if (!likeness) return new Fault('input', `${name} is not a WAV file`, { hint: conversionHint(name, false) });
  const hint = likeness.sound ? conversionHint(name, likeness.sox) : 'Give a WAV file.';
  return new Fault('input', `${name} is not a WAV: it looks like ${likeness.name}`, { hint });
};
