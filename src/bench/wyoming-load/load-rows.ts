import { most, type Row, single, spread } from '../rows.js';
import { quantile } from '../statistics.js';
import type { AnswersMeasured, LoadMeasurements, LoadSection, StreamsMeasured } from './measurements.js';
import type { SatellitePath } from './satellite-path.js';

/** Bytes in a MB. */
const MB = 1e6;
/** What the most streams are that the targets are about. */
const MANY = 50;

/** All rows of the bench of the services; what was not measured says so. */
export const loadRows = (m: LoadMeasurements): readonly Row[] => {
  const why = (section: LoadSection): string => m.missing.get(section) ?? 'not measured in this run';
  return [
    ...wakeRows(m.wake, why('wake streams')),
    ...idleRows(m, why('idle')),
    ...answerRows('work', 'at work', m.work, why('at work')),
    ...answerRows('hostile', 'under attack', m.hostile, why('hostile')),
    ...hostileMemoryRows(m, why('hostile')),
    single(
      'framing',
      'protocol: an audio chunk of 10 ms, CPU',
      'µs',
      m.framing === undefined ? 0 : 1,
      m.framing,
      why('protocol'),
      {
        targets: [most('value', 20)],
        note: 'written and read',
      },
    ),
    single('loopback', '… over TCP', 'µs', m.loopback === undefined ? 0 : 1, m.loopback, why('protocol'), {
      note: 'both ends and the system, to a server that does nothing',
    }),
    ...spread('streamed', 'text streamed: end of sentence → first audio', 'ms', m.fresh, why('speech'), {
      targets: [most('p50', 250), most('p95', 250)],
      note: '300 words a minute',
    }),
    ...spread('streamed_cached', '… spoken before', 'ms', m.cached, why('speech')),
    ...transcriptRows(m.transcripts, why('recognition')),
    ...satelliteRows(m.satellite, why('satellite')),
  ];
};

const satelliteRows = (path: SatellitePath | undefined, missing: string): readonly Row[] => {
  const { down = [], up = [] } = path ?? {};
  const both = up.map((time, i) => time + down[i]!);
  return [
    ...spread('satellite', 'satellite: adds to a round trip', 'ms', both, missing, { targets: [most('p95', 5)] }),
    ...spread('satellite_up', '… microphone → wire', 'ms', up, missing),
    ...spread('satellite_down', '… wire → loudspeaker', 'ms', down, missing),
  ];
};

/** What came before the last sound was cut short: that is no speed. */
const transcriptRows = (took: readonly number[], missing: string): readonly Row[] => {
  const whole = took.filter((time) => time >= 0);
  const cut = took.length - whole.length;
  const note = cut === 0 ? {} : { note: `${cut} of ${took.length} were cut short` };
  return spread('transcript', 'last sound → transcript', 'ms', whole, missing, note);
};

const wakeRows = (measured: readonly StreamsMeasured[], missing: string): readonly Row[] => {
  if (!measured.some(({ streams }) => streams === MANY)) {
    const label = `wake words missed, ${MANY} streams at once`;
    return [
      ...measured.flatMap(streamsRows),
      single(`wake_missed_${MANY}`, label, '%', 0, undefined, missing, { targets: [most('value', 0)] }),
    ];
  }
  return measured.flatMap(streamsRows);
};

const streamsRows = ({ cpu, figures, streams }: StreamsMeasured): readonly Row[] => {
  const { added, afterWord, audible, behind, missed, rest, spoken } = figures;
  const many = streams === MANY;
  const name = `${streams} ${streams === 1 ? 'stream' : 'streams'}`;
  const last = Math.max(...rest);
  const more = added === 0 ? '' : `; ${added} heard that are not heard alone`;
  return [
    single(
      `wake_missed_${streams}`,
      `wake words missed, ${name} at once`,
      '%',
      audible,
      audible === 0 ? undefined : (100 * missed) / audible,
      'no word was heard without load either',
      {
        ...(many && { targets: [most('value', 0)] }),
        note: `${missed} of ${audible} that are heard alone, of ${spoken}${more}`,
      },
    ),
    ...spread(`wake_behind_${streams}`, '… frame spoken → detection', 'ms', behind, 'nothing was heard', {
      ...(many && { targets: [most('p95', FRAME)] }),
      note: p99(behind),
    }),
    ...spread(`wake_word_${streams}`, '… end of word → detection', 'ms', afterWord, 'nothing was heard'),
    single(`wake_rest_${streams}`, '… last sound → all work done', 'ms', streams, last, '', {
      ...(many && { targets: [most('value', FRAME)] }),
      note: 'the stream that was most behind',
    }),
    single(`wake_cpu_${streams}`, '… CPU of the program', '%', 1, cpu && 100 * cpu, 'this system has no /proc', {
      note: 'of a core',
    }),
  ];
};

/** A detector that is less behind than its own frame is not behind. */
const FRAME = 80;

const idleRows = ({ idle }: LoadMeasurements, missing: string): readonly Row[] => {
  const label = 'idle connections: memory';
  if (!idle) return [single('idle_memory', label, 'MB', 0, undefined, missing, { targets: [most('value', 20)] })];
  const { connections, described, failed, memory } = idle;
  const total = described.length + failed;
  return [
    single('idle_memory', label, 'MB', 1, memory && memory / MB, 'this system has no /proc', {
      note: `${connections} of them`,
    }),
    ...describeRow('idle_describe', '… describe, p99', described, missing),
    share('idle_failed', '… describe failed', failed, total, missing),
  ];
};

const answerRows = (
  id: string,
  name: string,
  measured: AnswersMeasured | undefined,
  missing: string,
): readonly Row[] => [
  ...describeRow(`${id}_describe`, `${name}: describe, p99`, measured?.described ?? [], missing),
  share(`${id}_failed`, '… what failed of good exchanges', measured?.failed, measured?.of ?? 0, missing, measured?.why),
];

const describeRow = (id: string, label: string, took: readonly number[], missing: string): readonly Row[] => {
  const targets = [most('value', 50)];
  const sorted = took.toSorted((a, b) => a - b);
  if (sorted.length === 0) return [single(id, label, 'ms', 0, undefined, missing, { targets })];
  const note = `p50 ${quantile(sorted, 0.5).toFixed(1)}, max ${sorted.at(-1)!.toFixed(0)} ms`;
  return [single(id, label, 'ms', sorted.length, quantile(sorted, 0.99), missing, { targets, note })];
};

const share = (id: string, label: string, failed: number | undefined, of: number, missing: string, why?: string): Row =>
  single(id, label, '%', of, failed === undefined || of === 0 ? undefined : (100 * failed) / of, missing, {
    targets: [most('value', 0)],
    note: `${failed ?? 0} of ${of}${why === undefined ? '' : `: ${why}`}`,
  });

const hostileMemoryRows = ({ hostile }: LoadMeasurements, missing: string): readonly Row[] => {
  const label = '… memory that does not return';
  const targets = [most('value', 20)];
  if (!hostile?.memory) {
    const reason = hostile ? 'this system has no /proc' : missing;
    return [single('hostile_memory', label, 'MB', 0, undefined, reason, { targets })];
  }
  const { after, before, half, peak } = hostile.memory;
  const levels = [before, peak, after].map((bytes) => Math.round(bytes / MB)).join(' → ');
  const note = `${levels} MB, ${hostile.exchanges} exchanges in ${Math.round(hostile.took / 1000)} s`;
  return [
    single('hostile_memory', label, 'MB', 1, (after - before) / MB, missing, { targets, note }),
    // What is lost for good grows with every exchange; what an allocator keeps for the next time does not.
    single('hostile_growth', '… of that since half of the exchanges', 'MB', 1, (after - half) / MB, missing),
  ];
};

const p99 = (values: readonly number[]): string =>
  values.length === 0
    ? ''
    : `p99 ${quantile(
        values.toSorted((a, b) => a - b),
        0.99,
      ).toFixed(1)} ms`;
