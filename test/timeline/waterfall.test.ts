import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spansOf } from '../../src/timeline/targets.js';
import { renderWaterfall } from '../../src/timeline/waterfall.js';
import { GOOD, SLOW, turnWith } from './turns.js';

describe('the waterfall of a turn', () => {
  it('has a line for each part, with its target', async () => {
    const text = renderWaterfall(spansOf(await turnWith(GOOD), { cached: true }), { width: 80 });
    expect(text).toMatchInlineSnapshot(`
      "wake word                                                         18 ms  < 100 ✓
                            ╷0       ╷50      ╷100      ╷150               ms  target
      end of speech         ███████████▋                                62 ms
      recognition                      ████▉                            26 ms  < 200 ✓
      understanding                         ▍                          2.0 ms
      wait for more                         ██████████████████          96 ms
      the home acts                                           ▌        3.0 ms
      answer                                                   ▏       1.0 ms  < 300 ✓
      voice (cached)                                           █▏      6.0 ms  < 200 ✓
      loudspeaker                                               █▎     7.0 ms  <  20 ✓
      last sound to answer  ██████████████████████████████████████     203 ms  < 500 ✓
                            excellent, within our own goal of 250 ms"
    `);
  });

  it('shows what was missed', async () => {
    const text = renderWaterfall(spansOf(await turnWith(SLOW)), { width: 72, ascii: true });
    expect(text).toMatchInlineSnapshot(`
      "wake word                                            18 ms  < 100 ok
                            |0         |500                   ms  target
      end of speech         #                              62 ms
      recognition            ######                       278 ms  < 200 MISSED
      understanding                #                      5.0 ms
      wait for more                #                       55 ms
      the home acts                  #                     20 ms
      answer                         #                    5.0 ms  < 300 ok
      voice                          ###############      675 ms  < 600 MISSED
      loudspeaker                                   #     4.0 ms  <  20 ok
      last sound to answer  #########################    1104 ms  < 500 MISSED
                            too slow, above our own goal of 250 ms"
    `);
  });

  it('looks the same with colours, but for the colours', async () => {
    const spans = spansOf(await turnWith(SLOW));
    const coloured = renderWaterfall(spans, { colour: true });
    expect(coloured).toContain('\x1b[31m');
    expect(stripVTControlCharacters(coloured)).toBe(renderWaterfall(spans));
  });

  it('is empty for a turn without marks, and shows a wake word alone', async () => {
    expect(renderWaterfall([])).toBe('');
    expect(renderWaterfall(spansOf(await turnWith({})))).toMatch(/^wake word +18 ms +< 100 ✓$/);
  });

  it('never grows beyond its width, and every bar is seen', async () => {
    const { name, label } = { name: 'answer' as const, label: 'answer' };
    const span = fc
      .tuple(fc.double({ min: 0, max: 1e5, noNaN: true }), fc.double({ min: 0, max: 1e5, noNaN: true }))
      .map(([start, duration]) => ({ name, label, start, duration, limit: 300, met: duration < 300 }));
    fc.assert(
      fc.property(
        fc.array(span, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 20, max: 200 }),
        fc.boolean(),
        (spans, width, ascii) => {
          const lines = renderWaterfall(spans, { width, ascii }).split('\n');
          for (const line of lines) expect(line.length).toBeLessThanOrEqual(Math.max(60, width));
          for (const line of lines.slice(1)) expect(line).toMatch(/[█▏▎▍▌▋▊▉#]/);
        },
      ),
    );
  });
});
