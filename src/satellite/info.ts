import type { Attribution, Info, WakeModel } from '../wyoming/index.js';

/** What a satellite says of itself on `describe`. */
export interface SatelliteInfo {
  /** Core makes the device's name of it. */
  readonly name: string;
  /** Name of the room it stands in; Core puts a new device there. */
  readonly area?: string;
  readonly description?: string;
  readonly version: string;
  readonly attribution: Attribution;
  /** Wake words that are listened for. By the phrase Core knows two satellites that have heard the same one. */
  readonly wakeWords: readonly WakeModel[];
  /** How many may be listened for at once; default: those there are. */
  readonly maxWakeWords?: number;
  /** Whether the end of speech is found here. */
  readonly endpoint: boolean;
}

/**
 * `info` of a satellite: itself and its wake words, and nothing else, for Core makes no speech, voice or conversation
 * of a port on which there is a satellite.
 */
export const satelliteInfo = (satellite: SatelliteInfo): Info => {
  const { name, area, description, version, attribution, wakeWords } = satellite;
  const common = { attribution, installed: true, version };
  return {
    asr: [],
    tts: [],
    handle: [],
    intent: [],
    mic: [],
    snd: [],
    wake: wakeWords.length === 0 ? [] : [{ ...common, name, description: 'Wake words', models: wakeWords }],
    satellite: {
      ...common,
      name,
      description: description ?? name,
      ...(area !== undefined && { area }),
      has_vad: satellite.endpoint,
      active_wake_words: wakeWords.map((word) => word.name),
      max_active_wake_words: satellite.maxWakeWords ?? wakeWords.length,
      supports_trigger: true,
    },
  };
};
