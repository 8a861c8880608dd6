import { describe, expect, it } from 'vitest';
import { isSameOffer, isSameServer, offersOf, titleOf } from '../../src/setup/offers.js';

const program = (name: string, models: readonly string[] = [], installed = true) => ({
  name,
  installed,
  models: models.map((model) => ({ name: model, installed: true })),
});
const ours = offersOf({
  asr: [program('Evil Assistant', ['vosk'])],
  wake: [program('Evil Assistant', ['hey_jarvis', 'alexa'])],
  handle: [program('Evil Assistant', ['demon'])],
});

describe('whether an entry of Home Assistant leads to us', () => {
  it.each([
    [
      'another order of models',
      {
        ...{
          asr: [program('Evil Assistant', ['vosk'])],
          wake: [program('Evil Assistant', ['alexa', 'hey_jarvis'])],
          handle: [program('Evil Assistant', ['demon'])],
        },
      },
      true,
      true,
    ],
    ['other models', { asr: [program('Evil Assistant', ['moonshine'])] }, true, false],
    [
      'one kind that is still loading',
      { asr: [program('Evil Assistant')], handle: [program('Evil Assistant', [], false)] },
      true,
      false,
    ],
    ['another recogniser', { asr: [program('faster-whisper', ['base'])] }, false, false],
    ['a voice, which we have none of', { tts: [program('piper')] }, false, false],
    ['nothing at all', {}, false, false],
    [
      'a satellite with wake words of ours',
      { wake: [program('Evil Assistant')], satellite: { name: 'Hall' } },
      false,
      false,
    ],
    ['what is no description', 'nonsense', false, false],
  ])('%s', (_, info, server, offer) => {
    expect(isSameServer(ours, offersOf(info))).toBe(server);
    expect(isSameServer(offersOf(info), ours)).toBe(server);
    expect(isSameOffer(ours, offersOf(info))).toBe(offer);
  });
});

it('is titled as Home Assistant titles its entry', () => {
  expect(titleOf(ours)).toBe('Evil Assistant');
  expect(titleOf(offersOf({ tts: [program('piper')], satellite: { name: 'Hall', area: null } }))).toBe('Hall');
  expect(titleOf(offersOf({ asr: [program('asleep', [], false)] }))).toBeUndefined();
});
