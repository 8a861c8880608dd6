import type { Milliseconds } from '../../units.js';
import type { StreamResult } from './wake-load.js';
import type { WakeStream } from './wake-streams.js';

/** What streams at once did to what is heard; pure. */
export interface WakeFigures {
  /** Words that were spoken, and those of them that are heard without any load. */
  readonly spoken: number;
  readonly audible: number;
  /** Audible words that were not heard. */
  readonly missed: number;
  /** Detections where there was none without load. */
  readonly added: number;
  /** Of each detection: from the end of the sound that decided to its being told. */
  readonly behind: readonly Milliseconds[];
  /** From the end of each word to its detection. */
  readonly afterWord: readonly Milliseconds[];
  /** Of each stream: from its last sound to the end of all work on it. */
  readonly rest: readonly Milliseconds[];
}

/** The same sound is heard at the same place but for rounding. */
const SAME: Milliseconds = 2;
/** A detection within this of a word's end is of that word. The detector may be sure before a drawn-out end. */
const EARLIEST: Milliseconds = -400;
const LATEST: Milliseconds = 1_000;

/** @param alone the same streams without load, `results` with it; in the order of `streams`. */
export const wakeFigures = (
  streams: readonly WakeStream[],
  alone: readonly StreamResult[],
  results: readonly StreamResult[],
): WakeFigures => {
  const each = results.map((result, i) => {
    const { words } = streams[i]!;
    const before = alone[i]!.heard;
    const ofWord = (end: Milliseconds, heard: StreamResult['heard']) =>
      heard.find(({ at }) => at - end >= EARLIEST && at - end <= LATEST);
    const audible = words.filter((end) => ofWord(end, before));
    return {
      audible: audible.length,
      missed: audible.filter((end) => !ofWord(end, result.heard)).length,
      added: result.heard.filter(({ at }) => !before.some((one) => Math.abs(one.at - at) <= SAME)).length,
      afterWord: words.flatMap((end) => {
        const heard = ofWord(end, result.heard);
        return heard ? [heard.at + heard.behind - end] : [];
      }),
    };
  });
  const sum = (count: (one: (typeof each)[number]) => number): number => each.reduce((all, one) => all + count(one), 0);
  return {
    spoken: streams.slice(0, results.length).reduce((all, { words }) => all + words.length, 0),
    audible: sum(({ audible }) => audible),
    missed: sum(({ missed }) => missed),
    added: sum(({ added }) => added),
    behind: results.flatMap(({ heard }) => heard.map(({ behind }) => behind)),
    afterWord: each.flatMap(({ afterWord }) => afterWord),
    rest: results.map(({ rest }) => rest),
  };
};
