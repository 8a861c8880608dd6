import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { modelFolder } from '../../models.js';

export const VOICE = 'libritts_r';

/**
 * The voice that this program has, as wyoming-piper wants one: beside the model a JSON file with what is, for sherpa-onnx,
 * in `tokens.txt`. Fields as piper-tts reads them (piper/config.py, 1.8.0); values as in the voice's own file.
 */
export const asPiperVoice = async (folder: string): Promise<void> => {
  const from = modelFolder('piper-libritts_r-medium');
  const lines = (await readFile(join(from, 'tokens.txt'), 'utf8')).split('\n').filter((line) => line !== '');
  const ids = lines.map((line): [string, number[]] => {
    const at = line.lastIndexOf(' ');
    return [line.slice(0, at), [Number(line.slice(at + 1))]];
  });
  await mkdir(folder, { recursive: true });
  await symlink(join(from, 'model.onnx'), join(folder, `${VOICE}.onnx`));
  await writeFile(
    join(folder, `${VOICE}.onnx.json`),
    JSON.stringify({
      audio: { sample_rate: 22_050, quality: 'medium' },
      espeak: { voice: 'en-us' },
      language: { code: 'en_US', family: 'en' },
      phoneme_type: 'espeak',
      inference: { noise_scale: 0.333, length_scale: 1, noise_w: 0.333 },
      num_symbols: 256,
      num_speakers: 904,
      speaker_id_map: Object.fromEntries(Array.from({ length: 904 }, (_, id) => [`speaker ${id}`, id])),
      phoneme_id_map: Object.fromEntries(ids),
      hop_length: 256,
      dataset: VOICE,
    }),
  );
};
