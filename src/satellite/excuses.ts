/**
 * Why a turn came to nothing, so that the persona can say so in words of its own. `answered-elsewhere` is better left
 * unsaid: another satellite has heard the same wake word and answers.
 */
export type ExcuseKind =
  | 'answered-elsewhere'
  | 'nothing-heard'
  | 'not-connected'
  | 'connection-lost'
  | 'no-answer'
  | 'no-wake-word-service'
  | 'no-speech-to-text'
  | 'speech-to-text-failed'
  | 'cloud-login'
  | 'no-agent'
  | 'agent-failed'
  | 'no-voice'
  | 'no-pipeline'
  | 'trouble';

/** The codes of Core 2026.11, homeassistant/components/assist_pipeline: default_pipeline.py, error.py, pipeline.py. */
const KINDS: Readonly<Record<string, ExcuseKind>> = {
  duplicate_wake_up_detected: 'answered-elsewhere',
  'stt-no-text-recognized': 'nothing-heard',
  'wake-engine-missing': 'no-wake-word-service',
  'wake-provider-missing': 'no-wake-word-service',
  'wake-stream-failed': 'no-wake-word-service',
  wake_word_detection_aborted: 'no-wake-word-service',
  'wake-word-timeout': 'nothing-heard',
  'stt-provider-missing': 'no-speech-to-text',
  'stt-provider-unsupported-metadata': 'no-speech-to-text',
  'stt-stream-failed': 'speech-to-text-failed',
  'cloud-auth-failed': 'cloud-login',
  'intent-agent-not-found': 'no-agent',
  'intent-not-supported': 'no-agent',
  'intent-failed': 'agent-failed',
  'tts-not-supported': 'no-voice',
  'tts-failed': 'no-voice',
  pipeline_not_found: 'no-pipeline',
  'pipeline-not-found': 'no-pipeline',
  'validation-error': 'no-pipeline',
  timeout: 'no-answer',
};

/** What an `error` of Core means to the listener. */
export const excuseOf = (code: string | undefined): ExcuseKind =>
  code !== undefined && Object.hasOwn(KINDS, code) ? KINDS[code]! : 'trouble';

/** Said only of speech that was taken up: never the answer to a turn that was refused at its beginning. */
export const comesAfterHearing = (kind: ExcuseKind): boolean =>
  kind === 'nothing-heard' || kind === 'speech-to-text-failed' || kind === 'agent-failed' || kind === 'no-voice';
