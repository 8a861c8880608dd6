import type { Bytes, Milliseconds } from '../units.js';
import type { DownloadStatus, LevelStatus, Phase, ServiceStatus, Status, TurnStatus } from './status.js';

/** What happens while something is fetched; the events of the model store fit. */
export type DownloadEvent =
  | { readonly kind: 'started'; readonly key: string; readonly label: string; readonly total?: Bytes }
  | { readonly kind: 'received'; readonly key: string; readonly received: Bytes; readonly total?: Bytes }
  | { readonly kind: 'unpacking' | 'done'; readonly key: string }
  | { readonly kind: 'failed'; readonly key: string; readonly reason: string }
  | { readonly kind: 'planned' | 'waiting' | 'finished' };

/** Where the parts of the program pin what there is to see of them. */
export interface StatusBoard {
  phase(phase: Phase, trouble?: string): void;
  download(event: DownloadEvent): void;
  turn(turn: TurnStatus): void;
  /** Read anew for every look at the page. */
  services(read: () => readonly ServiceStatus[]): void;
  levels(read: () => readonly LevelStatus[]): void;
  status(): Status;
}

/** How many turns are kept; the oldest goes. */
const TURNS = 10;
/** How many downloads; the one that was begun first goes. */
const DOWNLOADS = 50;

/** An empty board. `now` is when the program was started, in milliseconds since 1970. */
export const statusBoard = ({ version, now }: { version: string; now: Milliseconds }): StatusBoard => {
  let current: { readonly phase: Phase; readonly trouble?: string } = { phase: 'starting' };
  let turns: readonly TurnStatus[] = [];
  let services: () => readonly ServiceStatus[] = () => [];
  let levels: () => readonly LevelStatus[] = () => [];
  const downloads = new Map<string, DownloadStatus>();
  return {
    phase: (phase, trouble) => {
      current = { phase, ...(trouble !== undefined && { trouble }) };
    },
    download: (event) => {
      if (!('key' in event)) return;
      const after = advance(downloads.get(event.key), event);
      if (!after) return;
      downloads.set(event.key, after);
      for (const key of downloads.keys()) {
        if (downloads.size <= DOWNLOADS) break;
        downloads.delete(key);
      }
    },
    turn: (turn) => {
      turns = [turn, ...turns].slice(0, TURNS);
    },
    services: (read) => {
      services = read;
    },
    levels: (read) => {
      levels = read;
    },
    status: () => ({
      version,
      since: now,
      ...current,
      services: services(),
      downloads: [...downloads.values()],
      turns,
      levels: levels(),
    }),
  };
};

const advance = (
  before: DownloadStatus | undefined,
  event: Extract<DownloadEvent, { key: string }>,
): DownloadStatus | undefined => {
  if (event.kind === 'started') {
    const total = event.total === undefined ? {} : { total: event.total };
    return { name: event.label, state: 'fetching', received: 0, ...total };
  }
  if (!before) return undefined;
  switch (event.kind) {
    case 'received': {
      const total = event.total === undefined ? {} : { total: event.total };
      return { ...before, state: 'fetching', received: event.received, ...total };
    }
    case 'failed':
      return { ...before, state: 'failed', reason: event.reason };
    default:
      return { ...before, state: event.kind };
  }
};
