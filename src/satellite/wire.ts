import { type EventOf, type KnownEvent, message, type WyomingEvent } from '../wyoming/index.js';
import type { Said, Told } from './state.js';

/** Between the messages on the wire and those of the machine. */

/** What an event tells the machine; undefined where it is not its business. */
export const toldBy = (event: WyomingEvent): Told | undefined => {
  switch (event.type) {
    case 'run-satellite':
    case 'pause-satellite':
    case 'ping':
    case 'run-pipeline':
    case 'transcribe':
    case 'voice-started':
    case 'voice-stopped':
    case 'audio-start':
    case 'audio-chunk':
    case 'audio-stop':
      return { type: event.type };
    case 'transcript':
    case 'synthesize':
      return { type: event.type, text: event.data.text };
    case 'error': {
      const { text, code } = event.data;
      return { type: 'error', text, ...(typeof code === 'string' && { code }) };
    }
    case 'timer-started': {
      const { id, total_seconds: seconds, name } = event.data;
      return { type: event.type, id, seconds, ...(typeof name === 'string' && { name }) };
    }
    case 'timer-updated': {
      const { id, total_seconds: seconds, is_active: active } = event.data;
      return { type: event.type, id, seconds, active };
    }
    case 'timer-cancelled':
    case 'timer-finished':
      return { type: event.type, id: event.data.id };
    default:
      return undefined;
  }
};

export const toWire = (said: Said): KnownEvent => {
  switch (said.type) {
    case 'detection':
      return message('detection', said.name === undefined ? {} : { name: said.name });
    case 'run-pipeline':
      return message('run-pipeline', { start_stage: 'asr', end_stage: 'tts', restart_on_end: false });
    case 'no-pipeline':
      return message('run-pipeline', { start_stage: 'tts', end_stage: 'tts', restart_on_end: false });
    case 'audio-stop':
    case 'played':
      return message(said.type);
  }
};

export type AudioEvent = EventOf<'audio-start' | 'audio-chunk'>;
export const isAudio = (event: WyomingEvent): event is AudioEvent =>
  event.type === 'audio-start' || event.type === 'audio-chunk';
