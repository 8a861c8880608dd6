import type { TurnResult } from './assistant/turn.js';
import type { TextAnswer } from './conversation/exchange.js';
import type { AssistantState, Publisher } from './home-assistant/publisher.js';
import type { SessionEvents } from './main.js';
import type { Detection, Mark, Speaker, TurnContext } from './stages.js';
import type { Milliseconds } from './units.js';

/** Tells the automations of a house what the assistant hears and does. */
export interface HouseTold {
  /** Of the turns that are spoken here. What is handed to the speaker it gives back is told as spoken. */
  turns(
    context: TurnContext,
    events: SessionEvents,
    speaker: Speaker,
  ): { readonly events: SessionEvents; readonly speaker: Speaker };
  /** Of what was asked in writing, or by a satellite of Home Assistant's, while it is being answered. */
  answer(text: string, context: TurnContext, answered: Promise<TextAnswer>): Promise<TextAnswer>;
}

export const tellHouse = (publisher: Publisher): HouseTold => {
  /** The turn that is spoken here, and how far it is. A wake word in mid-turn begins another before that one has ended. */
  let open: { readonly detection: Detection; state: AssistantState } | undefined;
  let answering = 0;
  let shown: AssistantState = 'idle';
  publisher.state(shown);

  const show = (): void => {
    const now = open?.state ?? (answering > 0 ? 'thinking' : 'idle');
    if (now !== shown) publisher.state(now);
    shown = now;
  };
  const become = (state: AssistantState): void => {
    if (open) open.state = state;
    show();
  };

  const showing =
    (speaker: Speaker): Speaker =>
    async (audio, run) => {
      const before = open?.state ?? 'idle';
      const turn = open;
      try {
        return await speaker(audio, {
          signal: run.signal,
          committed: run.committed,
          mark: (name, at) => {
            run.mark(name, at);
            if (name === 'firstAudio' && open === turn) become('speaking');
          },
        });
      } finally {
        // After a "yes?" it still listens; an answer is over with its turn, unless somebody spoke into it.
        const listens = before === 'listening' || run.signal.aborted;
        if (open === turn && open?.state === 'speaking' && listens) become('listening');
      }
    };

  return {
    turns: (context, events, speaker) => {
      const place = placeOf(context);
      return {
        speaker: showing(speaker),
        events: {
          ...events,
          onWake: (detection) => {
            publisher.publish('wake', { ...place, word: detection.word, score: detection.score });
            open = { detection, state: 'listening' };
            show();
            events.onWake?.(detection);
          },
          onTranscript: (transcript) => {
            if (transcript.kind === 'partial' && open?.state === 'thinking') become('listening');
            if (transcript.kind !== 'partial' && transcript.text !== '' && open?.state === 'listening') {
              become('thinking');
            }
            events.onTranscript?.(transcript);
          },
          onTurn: (result, detection) => {
            tellTurn(publisher, context, result);
            // Somebody is to answer now.
            if (result.expectsAnswer && open?.detection === detection) become('listening');
            events.onTurn(result, detection);
          },
          onQuiet: (detection) => {
            if (open?.detection === detection) open = undefined;
            show();
            events.onQuiet?.(detection);
          },
        },
      };
    },
    answer: async (text, context, answered) => {
      answering += 1;
      show();
      try {
        const answer = await answered;
        tellAnswer(publisher, text, context, answer);
        return answer;
      } finally {
        answering -= 1;
        show();
      }
    },
  };
};

const placeOf = ({ area, device, satellite }: TurnContext) => ({
  ...(area !== undefined && { area }),
  ...(device !== undefined && { device }),
  ...(satellite !== undefined && { satellite }),
});

const tellTurn = (publisher: Publisher, context: TurnContext, result: TurnResult): void => {
  const { outcomes, reason, replies, said, timeline } = result;
  const place = placeOf(context);
  if (said) {
    const [intent] = outcomes.map((outcome) => outcome.intent);
    const { language } = context;
    const text = result.understanding?.text ?? said.text;
    publisher.publish('command', { ...place, text, language, ...(intent && { intent }) });
    const reply = replies.map((say) => say.text).join(' ');
    publisher.publish('reply', { ...place, text: reply, expects_answer: result.expectsAnswer });
  }
  const timings: Partial<Record<Mark, Milliseconds>> = {};
  const origin = timeline.moments.get('lastSound')?.time;
  for (const [mark, { time }] of origin === undefined ? [] : timeline.moments)
    timings[mark] = Math.round(time - origin!);
  const outcome = reason === 'answered' || reason === 'failed' || reason === 'interrupted' ? reason : undefined;
  if (outcome) publisher.publish('turn', { ...place, timings, outcome });
  const latency = timeline.between('lastSound', 'firstAudio');
  if (latency !== undefined) publisher.latency(latency);
};

const tellAnswer = (publisher: Publisher, text: string, context: TurnContext, answer: TextAnswer): void => {
  const place = placeOf(context);
  const [intent] = answer.outcomes.map((outcome) => outcome.intent);
  publisher.publish('command', { ...place, text, language: context.language, ...(intent && { intent }) });
  publisher.publish('reply', { ...place, text: answer.text, expects_answer: answer.expectsAnswer });
  // Nothing was heard here, so there is nothing that times could count from.
  publisher.publish('turn', { ...place, timings: {}, outcome: answer.end === 'failed' ? 'failed' : 'answered' });
};
