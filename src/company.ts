import { join } from 'node:path';
import { systemClock } from './clock.js';
import { type Profile, parseProfile } from './effects/profile.js';
import { voiceElsewhere } from './elsewhere/voice.js';
import { messageOf } from './faults.js';
import type { OpenRequest } from './main.js';
import { VOICE_MODEL } from './model-needs.js';
import { loadPersona, type Persona } from './persona/load.js';
import { personaFile, personaNames } from './personas.js';
import { toSpeak } from './text/to-speak.js';
import { disguise } from './tts/disguise.js';
import { openSynthesizer, type Voices } from './tts/synthesizer.js';
import type { Voice } from './tts/voice.js';

/** Who speaks. */
export interface Speaking {
  readonly persona: Persona;
  readonly voice: Voice;
  readonly effects: Profile;
}

/** The personas that speak, with one synthesizer for all of them. */
export interface Company {
  readonly voices: Voices;
  readonly speakings: ReadonlyMap<string, Speaking>;
  close(): Promise<void>;
}

/**
 * Loads who speaks: personas, each with a voice of its own and effects. With `everybody`, those too that nobody has asked
 * for, as far as their files are right.
 */
export const openCompany = async (
  { options, models, log, clock = systemClock, elsewhere }: OpenRequest,
  names: readonly string[],
  everybody = false,
): Promise<Company> => {
  const load = async (name: string) => {
    const file = personaFile(name, options.folders.data);
    const persona = await loadPersona(file);
    return { name, persona, effects: options.voice.effects ? parseProfile(persona.effects, file) : [] };
  };
  const others = everybody ? personaNames(options.folders.data).filter((name) => !names.includes(name)) : [];
  const members = [
    ...(await Promise.all(names.map(load))),
    ...(await Promise.all(
      others.map((name) =>
        load(name).catch((error: unknown) => {
          log.warn({ persona: name, error: messageOf(error) }, 'a persona cannot be used');
          return undefined;
        }),
      ),
    )),
  ].filter((member) => member !== undefined);
  const maxBytes = options.cache.max_mb * 1024 * 1024;
  const voices = await openSynthesizer({
    model: models.get(VOICE_MODEL)!.folder,
    // Its threads spin while they wait: two are slower than one as soon as anything else works.
    threads: 1,
    language: options.language,
    ...(maxBytes > 0 && { cache: { folder: join(options.folders.data, 'voice-cache'), maxBytes } }),
    preload: options.preload,
    log,
  });
  try {
    const service = options.voice.service !== '' ? elsewhere?.open('voice.service', options.voice.service) : undefined;
    const speakings = members.map(({ name, persona, effects }): [string, Speaking] => {
      const own = voices.voice({
        speaker: options.voice.speaker ?? persona.voice.speaker,
        speed: options.voice.speed * persona.voice.speed,
        effects,
      });
      const voice = service
        ? voiceElsewhere({
            service,
            behind: own,
            sentences: (text) => toSpeak(text, options.language),
            disguise: (audio, until) => disguise(audio, effects, until),
            log,
            clock,
          })
        : own;
      return [name, { persona, voice, effects }];
    });
    return { voices, speakings: new Map(speakings), close: voices.close };
  } catch (error) {
    await voices.close();
    throw error;
  }
};
