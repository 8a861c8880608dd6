import { expect, it } from 'vitest';
import { memoryCache } from '../../src/tts/memory-cache.js';

const sound = (samples: number) => new Int16Array(samples);

it('keeps what was used last within its bound', () => {
  const cache = memoryCache(100);
  cache.set('a', sound(20));
  cache.set('b', sound(20));
  cache.get('a');
  cache.set('c', sound(20));
  expect([cache.get('a'), cache.get('b'), cache.get('c')].map(Boolean)).toEqual([true, false, true]);
  expect(cache.bytes).toBe(80);
});

it('counts a sound that replaces another once, and keeps none that is larger than itself', () => {
  const cache = memoryCache(100);
  cache.set('a', sound(20));
  cache.set('a', sound(30));
  cache.set('huge', sound(51));
  expect(cache.bytes).toBe(60);
  expect(cache.get('huge')).toBeUndefined();
  expect(cache.get('a')).toHaveLength(30);
});
