/** The Assist pipeline that is made of our entities. */
import { z } from 'zod';
import type { HomeAssistant } from '../home-assistant/connection.js';
import type { Milliseconds } from '../units.js';
import type { Report } from './report.js';

export const PIPELINE = 'Evil Assistant';
const TIMEOUT: Milliseconds = 10_000;

const text = z.string().nullish();
const pipelineSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  conversation_engine: text,
  stt_engine: text,
  tts_engine: text,
  wake_word_entity: text,
});
const listSchema = z.object({ pipelines: z.array(pipelineSchema), preferred_pipeline: text });

/** Our entities; a part that is missing here is not touched. */
export interface Parts {
  readonly stt?: string;
  readonly tts?: string;
  readonly wakeWord?: string;
  readonly conversation?: string;
}

interface Wanted {
  readonly parts: Parts;
  readonly language: string;
  /** The voice, as our services name it. */
  readonly voice: string | undefined;
  /** The first of our wake words. */
  readonly word: string | undefined;
  readonly prefer: boolean;
}

interface Means {
  readonly core: HomeAssistant;
  readonly report: Report;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  /** Whether an entity or agent that a pipeline names is there. */
  readonly exists: (engine: string) => boolean;
}

/** Makes the pipeline, or gives the one that is there what it lacks; the rest of it is its user's. */
export async function onePipeline(wanted: Wanted, { core, dryRun, exists, report, signal }: Means): Promise<void> {
  const options = { signal, timeout: TIMEOUT };
  const list = async () => listSchema.parse(await core.call({ type: 'assist_pipeline/pipeline/list' }, options));
  const { pipelines, preferred_pipeline: preferred } = await list();
  const there = pipelines.find(({ name }) => name === PIPELINE);
  const parts = fieldsFor(wanted);
  let id = there?.id;

  if (there) {
    const lacking = Object.entries(parts).filter(([engine]) => {
      const set = there[engine as keyof typeof there];
      return typeof set !== 'string' || !exists(set);
    });
    const names = lacking.map(([engine]) => PART_NAMES[engine]).join(', ');
    if (lacking.length === 0) report('there', `The pipeline "${PIPELINE}" is there and stays as it is`);
    else if (dryRun) report('would', `The pipeline "${PIPELINE}" would get what it lacks: ${names}`);
    else {
      const { id: pipeline_id, ...before } = there;
      const fields = Object.assign({}, ...lacking.map(([, values]) => values)) as object;
      await core.call({ type: 'assist_pipeline/pipeline/update', pipeline_id, ...before, ...fields }, options);
      report('done', `The pipeline "${PIPELINE}" got what it lacked: ${names}`);
    }
  } else if (dryRun) report('would', `The pipeline "${PIPELINE}" would be made`);
  else {
    const made = await core.call(
      {
        type: 'assist_pipeline/pipeline/create',
        ...EMPTY,
        name: PIPELINE,
        language: wanted.language,
        conversation_engine: 'conversation.home_assistant',
        conversation_language: wanted.language,
        // Commands are ours; sentences that the user has written for automations go first all the same.
        prefer_local_intents: false,
        ...Object.assign({}, ...Object.values(parts)),
      },
      options,
    );
    id = z.object({ id: z.string() }).parse(made).id;
    report('done', `The pipeline "${PIPELINE}" was made`);
  }

  if (!wanted.prefer) return;
  if (id !== undefined && id === preferred) report('there', `The pipeline "${PIPELINE}" is the preferred one`);
  else if (dryRun) report('would', `The pipeline "${PIPELINE}" would become the preferred one`);
  else {
    await core.call({ type: 'assist_pipeline/pipeline/set_preferred', pipeline_id: id }, options);
    report('done', `The pipeline "${PIPELINE}" is the preferred one now`);
  }
}

const EMPTY = {
  stt_engine: null,
  stt_language: null,
  tts_engine: null,
  tts_language: null,
  tts_voice: null,
  wake_word_entity: null,
  wake_word_id: null,
};

const PART_NAMES: Readonly<Record<string, string>> = {
  stt_engine: 'speech to text',
  tts_engine: 'the voice',
  wake_word_entity: 'the wake word',
  conversation_engine: 'the conversation',
};

/** The fields of each part, by its engine. */
const fieldsFor = ({ parts, language, voice, word }: Wanted): Record<string, Record<string, string | null>> => ({
  ...(parts.stt ? { stt_engine: { stt_engine: parts.stt, stt_language: language } } : {}),
  ...(parts.tts ? { tts_engine: { tts_engine: parts.tts, tts_language: language, tts_voice: voice ?? null } } : {}),
  ...(parts.wakeWord ? { wake_word_entity: { wake_word_entity: parts.wakeWord, wake_word_id: word ?? null } } : {}),
  ...(parts.conversation
    ? { conversation_engine: { conversation_engine: parts.conversation, conversation_language: language } }
    : {}),
});
