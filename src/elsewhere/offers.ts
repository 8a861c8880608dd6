import type { Artifact, Info } from '../wyoming/index.js';
import type { ServiceAddress, ServiceOption } from './service-address.js';

/** Of a service with hundreds of voices, so many are named. */
const MOST_NAMED = 8;

/** The programs of a service that can do this work. */
export const offered = (option: ServiceOption, info: Info): readonly Artifact[] => {
  switch (option) {
    case 'stt.service':
      return info.asr ?? [];
    case 'voice.service':
      return info.tts ?? [];
    case 'wake.service':
      return info.wake ?? [];
    case 'conversation.service':
      // An agent may be of either kind, and both answer.
      return [...(info.handle ?? []), ...(info.intent ?? [])];
  }
};

const KIND: Readonly<Record<ServiceOption, string>> = {
  'stt.service': 'does not recognise speech',
  'voice.service': 'has no voice',
  'wake.service': 'hears no wake words',
  'conversation.service': 'answers nothing',
};

/**
 * What a service does not have of what is wanted, as a sentence. It is asked for it all the same: piper, for one, knows its
 * voices by old names that it does not list.
 */
export const lacking = (option: ServiceOption, address: ServiceAddress, info: Info): string | undefined => {
  const { place, model, voice } = address;
  if (offered(option, info).length === 0) return `${option}: what is at ${place} ${KIND[option]}`;
  const models = info.asr?.flatMap((program) => program.models.map(({ name }) => name)) ?? [];
  const voices = info.tts?.flatMap((program) => program.voices.map(({ name }) => name)) ?? [];
  if (option === 'stt.service' && model !== undefined && !models.includes(model)) {
    return `${option}: ${place} does not list a model "${model}"; it has ${named(models)}`;
  }
  if (option === 'voice.service' && voice !== undefined && !voices.includes(voice)) {
    return `${option}: ${place} does not list a voice "${voice}"; it has ${named(voices)}`;
  }
  return undefined;
};

const named = (names: readonly string[]): string => {
  if (names.length === 0) return 'none';
  const rest = names.length - MOST_NAMED;
  return `${names.slice(0, MOST_NAMED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
};
