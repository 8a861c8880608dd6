import { basename } from 'node:path';
import { styleText } from 'node:util';
import { type TurnEnding, type TurnRecord, turnRecord } from '../timeline/record.js';
import { spansOf } from '../timeline/targets.js';
import { renderWaterfall } from '../timeline/waterfall.js';
import type { HeardTurn } from './hear.js';

/** A turn told to a person, or to a script. */

export const endingOf = ({ result }: HeardTurn): TurnEnding => {
  switch (result.reason) {
    case 'answered':
    case 'interrupted':
    case 'failed':
      return result.reason;
    default:
      return result.said ? 'answered' : 'nothing_heard';
  }
};

export const recordOf = (turn: HeardTurn, persona: string, id: string, withText: boolean): TurnRecord => {
  const { result, detection, cached, load } = turn;
  return turnRecord(
    result.timeline,
    {
      id,
      ending: endingOf(turn),
      word: detection.word,
      persona,
      ...(result.said && { engine: result.said.engine }),
      intents: result.outcomes.map(({ intent }) => intent),
      cached,
      reopened: result.reopened,
      ...(withText && {
        text: { heard: result.said?.text ?? '', said: result.replies.map(({ text }) => text) },
      }),
    },
    load,
  );
};

const dim = (text: string, colour: boolean): string =>
  colour ? styleText('dim', text, { validateStream: false }) : text;
const bold = (text: string, colour: boolean): string =>
  colour ? styleText('bold', text, { validateStream: false }) : text;

export interface Look {
  readonly colour: boolean;
  readonly width: number;
}

/** How text may look on this stream. */
export const lookOf = (stream: NodeJS.WriteStream): Look => ({
  colour: stream.isTTY === true && process.env.NO_COLOR === undefined && process.env.TERM !== 'dumb',
  width: Math.min(stream.columns ?? 80, 100),
});

/** What was heard, done and said, and how long each part took. */
export const describeTurn = (
  turn: HeardTurn,
  file: string,
  reply: string | undefined,
  { colour, width }: Look,
): string => {
  const { result, detection, changes, cached } = turn;
  const line = (label: string, text: string): string => `${dim(label.padEnd(10), colour)}${text}`;
  const lines = [
    line('file', basename(file)),
    line('wake', `${detection.word} (score ${detection.score.toFixed(2)}, at ${(detection.at / 16_000).toFixed(2)} s)`),
    line('heard', result.said ? bold(`“${result.said.text}”`, colour) : 'nothing but the wake word'),
  ];
  for (const { name, from, to } of changes) lines.push(line('did', `${name}: ${from} → ${to}`));
  for (const { failed } of result.outcomes) {
    for (const { name, reason } of failed) lines.push(line('failed', `${name}: ${reason}`));
  }
  if (result.said && changes.length === 0) {
    const already = result.outcomes.some((outcome) => outcome.already.length > 0);
    lines.push(line('did', already ? 'nothing: it was so already' : 'nothing'));
  }
  for (const { text } of result.replies) lines.push(line('said', bold(text, colour)));
  if (result.acknowledged) lines.push(line('said', 'an acknowledgement, and listened'));
  if (result.reopened > 0) lines.push(line('reopened', `${result.reopened} ×: speech went on after acting`));
  if (reply) lines.push(line('reply', reply));
  const spans = spansOf(result.timeline, { cached });
  if (result.said) lines.push('', renderWaterfall(spans, { width, colour }));
  return lines.join('\n');
};
