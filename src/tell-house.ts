import type { TurnResult } from './assistant/turn.js';
import type { TextAnswer } from './conversation/exchange.js';
import type { Publisher } from './home-assistant/publisher.js';
import type { SessionEvents } from './main.js';
import type { Mark, TurnContext } from './stages.js';
import type { Milliseconds } from './units.js';

/** Tells the automations of a house what happens in turns that are spoken here. */
export const tellTurns = (publisher: Publisher, { area }: TurnContext, events: SessionEvents): SessionEvents => {
  const place = area === undefined ? {} : { area };
  publisher.state('idle');
  return {
    ...events,
    onWake: (detection) => {
      publisher.publish('wake', { ...place, word: detection.word, score: detection.score });
      publisher.state('listening');
      events.onWake?.(detection);
    },
    onTranscript: (transcript) => {
      if (transcript.kind === 'final') publisher.state('thinking');
      events.onTranscript?.(transcript);
    },
    onTurn: (result, detection) => {
      tellTurn(publisher, place, result);
      events.onTurn(result, detection);
    },
    onQuiet: (detection) => {
      publisher.state('idle');
      events.onQuiet?.(detection);
    },
  };
};

type Place = Pick<TurnContext, 'area' | 'device' | 'satellite'>;

const tellTurn = (publisher: Publisher, place: Place, result: TurnResult): void => {
  const { outcomes, reason, replies, said, timeline } = result;
  if (said) {
    const [intent] = outcomes.map((outcome) => outcome.intent);
    publisher.publish('command', { ...place, text: said.text, language: 'en', ...(intent && { intent }) });
    const text = replies.map((reply) => reply.text).join(' ');
    publisher.publish('reply', { ...place, text, expects_answer: result.expectsAnswer });
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

/** Tells them of what was asked in writing, or by a satellite of Home Assistant's. */
export const tellAnswer = (publisher: Publisher, text: string, context: TurnContext, answer: TextAnswer): void => {
  const { area, device, language, satellite } = context;
  const place = { ...(area && { area }), ...(device && { device }), ...(satellite && { satellite }) };
  const [intent] = answer.outcomes.map((outcome) => outcome.intent);
  publisher.publish('command', { ...place, text, language, ...(intent && { intent }) });
  publisher.publish('reply', { ...place, text: answer.text, expects_answer: answer.expectsAnswer });
};
