import type { Milliseconds } from '../../units.js';
import { most, type Row, share, spread } from '../rows.js';
import type { CoreTurn } from './core-turn.js';
import type { DirectTurn } from './direct-turn.js';

/** The same command three times: to Home Assistant, to Home Assistant with its own detector, and to our services. */
export interface Turns {
  readonly ours?: CoreTurn | undefined;
  readonly detector?: CoreTurn | undefined;
  readonly direct?: DirectTurn | undefined;
}

export interface Measured extends Turns {
  readonly say: string;
  readonly real: boolean;
}

/** An answer before the command has ended, beyond the error of the label: it was cut short. */
const CUT: Milliseconds = 100;

const whole = ({ transcript }: { readonly transcript: Milliseconds }): boolean => transcript > -CUT;

/** What Home Assistant and our services take, stage by stage. Commands that were cut short are counted, not timed. */
export const coreRows = (all: readonly Measured[], missing: string): readonly Row[] => {
  const ours = all.flatMap(({ ours }) => (ours ? [ours] : []));
  const timed = ours.filter(whole);
  const direct = all.flatMap(({ direct }) => (direct && whole(direct) ? [direct] : []));
  const detector = all.flatMap(({ detector }) => (detector && whole(detector) ? [detector] : []));
  const pairs = <One, Other>(of: (measured: Measured) => readonly [One | undefined, Other | undefined]) =>
    all.map(of).filter((pair): pair is [One, Other] => pair[0] !== undefined && pair[1] !== undefined);
  const withBoth = pairs(({ ours, direct }) => [ours, direct]).filter((pair) => pair.every(whole));
  const ends = pairs(({ ours, detector }) => [ours, detector]).filter((pair) => pair.every(whole));
  const known = timed.filter((turn) => turn.known);
  return [
    ...spread(
      'total',
      'last sound → first byte of the reply',
      'ms',
      times(
        timed.filter((turn) => !turn.known),
        totalOf,
      ),
      missing,
      {
        targets: [most('p50', 350)],
        note: 'replies that Home Assistant did not have',
      },
    ),
    ...spread('total_known', '… replies that it had', 'ms', times(known, totalOf), missing),
    ...spread(
      'core_transcript',
      '… last sound → transcript',
      'ms',
      times(timed, (one) => one.transcript),
      missing,
    ),
    ...spread(
      'core_answer',
      '… transcript → answer',
      'ms',
      times(timed, (one) => one.answer - one.transcript),
      missing,
    ),
    ...spread(
      'core_voice',
      '… answer → first byte',
      'ms',
      times(timed, (one) => one.firstSound - one.answer),
      missing,
    ),
    ...spread('total_real', '… real recordings', 'ms', realTotals(all), missing),
    ...spread('direct', 'the same without Home Assistant', 'ms', times(direct, totalOf), missing),
    ...spread(
      'direct_transcript',
      '… last sound → transcript',
      'ms',
      times(direct, (one) => one.transcript),
      missing,
    ),
    ...spread(
      'direct_answer',
      '… transcript → answer',
      'ms',
      times(direct, (one) => one.answer - one.transcript),
      missing,
    ),
    ...spread(
      'direct_voice',
      '… answer → first sound',
      'ms',
      times(direct, (one) => one.firstSound - one.answer),
      missing,
    ),
    ...spread(
      'core_own',
      'what Home Assistant adds',
      'ms',
      withBoth.map(([a, b]) => totalOf(a) - totalOf(b)),
      missing,
      {
        note: 'pair by pair; MP3 is made there',
      },
    ),
    ...spread('core_detector', 'with its own end of speech', 'ms', times(detector, totalOf), missing),
    ...spread(
      'core_saved',
      'what our end of speech saves',
      'ms',
      ends.map(([a, b]) => b.transcript - a.transcript),
      missing,
      {
        note: 'pair by pair, to the transcript',
      },
    ),
    share(
      'core_words',
      'word for word as said',
      all.filter(({ ours }) => ours),
      ({ ours, say }) => ours?.heard === say,
      missing,
    ),
    share('core_done', 'answered as done', ours, ({ outcome }) => outcome === 'action_done', missing),
    share('core_cut', 'cut short', ours, (turn) => !whole(turn), missing),
    share('core_silent', 'without a spoken reply', all, ({ ours }) => ours === undefined, missing),
  ];
};

const totalOf = ({ firstSound }: { readonly firstSound: Milliseconds }): Milliseconds => firstSound;
const times = <One>(turns: readonly One[], of: (one: One) => Milliseconds): readonly Milliseconds[] => turns.map(of);
const realTotals = (all: readonly Measured[]): readonly Milliseconds[] =>
  all.flatMap(({ ours, real }) => (real && ours && whole(ours) ? [totalOf(ours)] : []));
