import { expect, it } from 'vitest';
import { compiled } from '../../src/engines/compiled.js';

const root = new URL('../../', import.meta.url);

it('names the compiled file of a source', () => {
  const built = new URL('dist/stt/vosk.host.js', root).href;
  expect(compiled(new URL('src/stt/vosk.host.js', root)).href).toBe(built);
  expect(compiled(new URL('src/stt/vosk.host.ts', root)).href).toBe(built);
});

it('leaves every other file as it is, in a folder called src too', () => {
  const fixture = new URL('../src/elsewhere/host.js', root);
  expect(compiled(fixture)).toBe(fixture);
});
