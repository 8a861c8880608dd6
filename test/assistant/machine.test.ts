import { describe, expect, it } from 'vitest';
import {
  beginTurn,
  stepTurn,
  type TurnAction,
  type TurnInput,
  type TurnSettings,
  type TurnState,
} from '../../src/assistant/machine.js';
import type { Transcript, Understanding } from '../../src/stages.js';

const settings: TurnSettings = {
  waits: { whole: 180, agreed: 120, extendable: 400, talk: 500, unfinished: 900 },
  reopen: 1500,
  acknowledgeAfter: 700,
  listenTimeout: 5000,
};

const ms = (duration: number): number => duration * 16;

const harmless: Understanding = { kind: 'command', extendable: false, risk: 'harmless', likely: [] };

/** Drives the machine by milliseconds on the capture clock; the wake word ended at 0. */
const script = (followUp = false) => {
  let state: TurnState = beginTurn(0, followUp);
  const send = (input: TurnInput): readonly TurnAction[] => {
    const step = stepTurn(state, input, settings);
    state = step.state;
    return step.actions;
  };
  const until = (end: number): readonly (TurnAction & { at: number })[] => {
    const seen: (TurnAction & { at: number })[] = [];
    for (let at = Math.ceil((state.now / 16 + 1) / 20) * 20; at <= end; at += 20) {
      for (const action of send({ kind: 'heard', at: ms(at) })) seen.push({ ...action, at });
    }
    return seen;
  };
  return {
    state: () => state,
    send,
    until,
    started: (at: number, segment = 1) => send({ kind: 'started', segment, at: ms(at) }),
    paused: (lastSound: number, pause = 1, segment = 1) =>
      send({ kind: 'paused', segment, pause, lastSound: ms(lastSound) }),
    resumed: (at: number, pause = 1, segment = 1) => send({ kind: 'resumed', segment, pause, at: ms(at) }),
    ended: (lastSound: number, segment = 1) =>
      send({ kind: 'ended', segment, lastSound: ms(lastSound), reason: 'silence' }),
    draft: (text: string, pause = 1, segment = 1, more: Partial<Transcript> = {}) =>
      send({
        kind: 'transcript',
        transcript: { kind: 'draft', segment, pause, text, through: 0, engine: 'test', ...more },
      }),
    final: (text: string, segment = 1) =>
      send({ kind: 'transcript', transcript: { kind: 'final', segment, text, through: 0, engine: 'test' } }),
    understood: (attempt: number, understanding: Partial<Understanding> = {}) =>
      send({ kind: 'understood', attempt, understanding: { ...harmless, ...understanding } }),
  };
};

/** A command spoken from 200 to 1,000 ms whose draft was understood 100 ms later. */
const spoken = (understanding: Partial<Understanding> = {}) => {
  const turn = script();
  turn.started(200);
  turn.until(1080);
  turn.paused(1000);
  turn.draft('turn on the lamp');
  return { turn, actions: turn.understood(1, understanding) };
};

const kinds = (actions: readonly TurnAction[]) => actions.map((action) => action.kind);

describe('a turn waits as long as the meaning asks for', () => {
  it.each([
    ['a whole harmless command', {}, 1180],
    ['a command that may go on', { extendable: true }, 1400],
    ['a command for the whole house', { risk: 'wide' }, 1400],
    ['talk', { kind: 'talk' }, 1500],
    ['a sentence that breaks off', { kind: 'unfinished' }, 1900],
    ['a stop phrase', { kind: 'stop' }, 1120],
  ] as const)('%s', (_, understanding, expected) => {
    const { turn, actions } = spoken(understanding);
    expect(actions).toEqual([]);
    const [commit] = turn.until(3000).filter((action) => action.kind === 'commit');
    expect(commit?.at).toBe(Math.ceil(expected / 20) * 20);
  });

  it('acts at once when the understanding comes after the wait is over', () => {
    const turn = script();
    turn.started(200);
    turn.paused(1000);
    turn.draft('turn on the lamp');
    expect(kinds(turn.until(1600))).toEqual([]);
    expect(kinds(turn.understood(1))).toEqual(['commit']);
  });

  it('waits less where two recognisers agree', () => {
    const { turn } = spoken();
    turn.draft('turn on the lamp', 1, 1, { agreed: true });
    expect(turn.until(2000)[0]).toMatchObject({ kind: 'commit', at: 1120 });
  });

  it('leaves a guarded command to the final text, however long the silence', () => {
    const { turn } = spoken({ risk: 'guarded' });
    expect(turn.until(2000)).toEqual([]);
    turn.ended(1000);
    expect(turn.final('unlock the front door')).toMatchObject([
      { kind: 'revoke', attempt: 1 },
      { kind: 'try', attempt: 2, said: { kind: 'final' } },
    ]);
    expect(kinds(turn.understood(2, { risk: 'guarded' }))).toEqual(['commit']);
  });

  it('gives up a guarded command whose final text never comes', () => {
    const { turn } = spoken({ risk: 'guarded' });
    expect(kinds(turn.until(6100))).toEqual(['finish']);
  });
});

describe('speech that goes on', () => {
  it('voids what was not done yet', () => {
    const { turn } = spoken({ extendable: true });
    turn.until(1200);
    expect(turn.resumed(1210)).toEqual([{ kind: 'revoke', attempt: 1 }]);
    expect(turn.until(1800)).toEqual([]);
    turn.paused(1800, 2);
    expect(turn.draft('turn on the lamp in the kitchen', 2)).toMatchObject([
      { kind: 'try', attempt: 2, said: { text: 'turn on the lamp in the kitchen' } },
    ]);
  });

  it('makes a draft of the earlier pause worthless', () => {
    const { turn } = spoken();
    turn.resumed(1100);
    turn.paused(1800, 2);
    expect(turn.draft('turn on the lamp', 1)).toEqual([]);
  });

  it('ignores an understanding that comes for a voided attempt', () => {
    const turn = script();
    turn.started(200);
    turn.paused(1000);
    turn.draft('turn on the lamp');
    turn.resumed(1100);
    expect(turn.understood(1)).toEqual([]);
    expect(turn.until(2000)).toEqual([]);
  });

  it('reopens the turn when it had just acted', () => {
    const { turn } = spoken();
    expect(turn.until(1180)).toMatchObject([{ kind: 'commit' }]);
    expect(turn.resumed(1500)).toEqual([{ kind: 'reopen', attempt: 1 }]);
    turn.paused(2200, 2);
    expect(turn.draft('turn on the lamp and the fan', 2)).toMatchObject([{ kind: 'try', attempt: 2 }]);
    turn.understood(2);
    expect(turn.until(3000)).toMatchObject([{ kind: 'commit', attempt: 2, at: 2380 }]);
  });

  it('joins a new segment to what was said before it', () => {
    const { turn } = spoken();
    turn.until(1180);
    turn.ended(1000);
    expect(turn.started(2200, 2)).toEqual([{ kind: 'reopen', attempt: 1 }]);
    turn.paused(2600, 1, 2);
    expect(turn.draft('and the fan', 1, 2)).toMatchObject([{ said: { text: 'turn on the lamp and the fan' } }]);
  });

  it('answers again when what reopened the turn was no speech', () => {
    const { turn } = spoken();
    turn.until(1180);
    turn.ended(1000);
    turn.started(2200, 2);
    turn.paused(2400, 1, 2);
    expect(turn.draft('', 1, 2)).toMatchObject([{ kind: 'try', said: { text: 'turn on the lamp' } }]);
  });

  it('no longer changes anything once the window has closed', () => {
    const { turn } = spoken();
    turn.until(2700);
    expect(turn.resumed(2750)).toEqual([]);
    turn.paused(3200, 2);
    expect(turn.draft('turn on the lamp and the fan', 2)).toEqual([]);
  });
});

describe('the end of a turn', () => {
  it('comes when the answer was spoken and the window has closed', () => {
    const { turn } = spoken();
    turn.until(1180);
    expect(turn.send({ kind: 'answered', attempt: 1 })).toEqual([]);
    expect(turn.until(5000)).toMatchObject([{ kind: 'finish', reason: 'answered', at: 2700 }]);
  });

  it('waits for an answer that is longer than the window', () => {
    const { turn } = spoken();
    expect(kinds(turn.until(8000))).toEqual(['commit']);
    expect(turn.send({ kind: 'answered', attempt: 1 })).toMatchObject([{ kind: 'finish', reason: 'answered' }]);
  });

  it('does not wait for the window when no more sound will come', () => {
    const { turn } = spoken();
    turn.until(1180);
    turn.send({ kind: 'closed' });
    expect(kinds(turn.send({ kind: 'answered', attempt: 1 }))).toEqual(['finish']);
  });

  it('acts without a wait when the recording ends with the command', () => {
    const { turn } = spoken({ extendable: true });
    expect(kinds(turn.send({ kind: 'closed' }))).toEqual(['commit']);
  });

  it('waits for the understanding of the last words of a recording', () => {
    const turn = script();
    turn.started(200);
    turn.paused(1000);
    turn.draft('turn on the lamp');
    expect(turn.send({ kind: 'closed' })).toEqual([]);
    expect(kinds(turn.understood(1))).toEqual(['commit']);
  });

  it('is final: nothing happens after it', () => {
    const turn = script();
    turn.send({ kind: 'closed' });
    expect(turn.state().finished).toBe(true);
    expect(turn.started(100)).toEqual([]);
  });
});

describe('a wake word and then nothing', () => {
  it('is acknowledged once, and listened for', () => {
    const turn = script();
    expect(turn.until(4000)).toMatchObject([{ kind: 'acknowledge', at: 700 }]);
    turn.send({ kind: 'acknowledged' });
    expect(turn.until(20_000)).toMatchObject([{ kind: 'finish', reason: 'nothing heard', at: 9000 }]);
  });

  it('is recognised where the wake word itself made the speech detector start', () => {
    const turn = script();
    turn.started(-600);
    turn.paused(20);
    expect(turn.until(600)).toEqual([]);
    turn.draft('');
    expect(turn.until(2000)).toMatchObject([{ kind: 'acknowledge', at: 720 }]);
  });

  it('is not acknowledged while the recogniser still works on what was said', () => {
    const turn = script();
    turn.started(100);
    turn.paused(800);
    expect(turn.until(3000)).toEqual([]);
  });

  it('is not acknowledged in a follow-up, which nobody called for', () => {
    const turn = script(true);
    expect(turn.until(20_000)).toMatchObject([{ kind: 'finish', reason: 'nothing heard' }]);
  });
});
