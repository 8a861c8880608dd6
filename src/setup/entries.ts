/** Has Home Assistant know a server of ours once: what is there is found, what is discovered confirmed, the rest added. */
import type { HomeAssistant } from '../home-assistant/connection.js';
import {
  type Address,
  addEntry,
  confirmFlow,
  discoveredFlows,
  type Entry,
  reloadEntry,
  wyomingEntries,
} from './core.js';
import { isSameOffer, isSameServer, KINDS, type Kind, type Offers, titleOf } from './offers.js';
import type { Report } from './report.js';

interface Wanted {
  /** "The voice services". */
  readonly what: string;
  readonly address: Address;
  readonly offers: Offers;
  /** Adds it though one like it is there: for a second assistant that offers the same. */
  readonly another: boolean;
}

interface Means {
  readonly core: HomeAssistant;
  readonly report: Report;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  /** Domains of the entities that Home Assistant has of an entry. */
  readonly domainsOf: (entry: string) => Promise<readonly string[]>;
}

/** What Home Assistant makes of each kind of program. */
const DOMAINS: Readonly<Record<Kind, string>> = {
  asr: 'stt',
  tts: 'tts',
  wake: 'wake_word',
  handle: 'conversation',
};

/** The id of the entry, and whether it was made now; undefined where there is none and none was made. */
export async function oneEntry(
  wanted: Wanted,
  means: Means,
): Promise<{ readonly id: string; readonly isNew: boolean } | undefined> {
  const { core, dryRun, report, signal } = means;
  const { address, another, offers, what } = wanted;
  const at = `${address.host}:${address.port}`;
  const there = another ? undefined : await find(wanted, means);
  if (there) {
    if (there.disabled) {
      report('left', `${what}: their entry "${there.title}" is switched off in Home Assistant, and stays so`);
      return undefined;
    }
    await refresh(there, wanted, means);
    return { id: there.id, isNew: false };
  }

  const title = titleOf(offers);
  const flow = (await discoveredFlows(core, signal)).find(({ name }) => name !== undefined && name === title);
  if (flow) {
    if (dryRun) {
      report('would', `${what}: would confirm what Home Assistant has discovered as "${flow.name}"`);
      return undefined;
    }
    const id = await confirmFlow(core, flow, address, signal);
    report('done', `${what}: confirmed what Home Assistant had discovered as "${flow.name}"`);
    return { id, isNew: true };
  }
  if (dryRun) {
    report('would', `${what}: would be added at ${at}`);
    return undefined;
  }
  const id = await addEntry(core, address, signal);
  report('done', `${what}: added at ${at} as "${title}"`);
  return { id, isNew: true };
}

/**
 * The entry that leads to our server. Core does not say under which address it keeps one, so it is known by what it offers.
 * One that is not loaded offers nothing; but if it leads to us, it loads now that we are there.
 */
async function find({ offers, what }: Wanted, { core, dryRun, report, signal }: Means): Promise<Entry | undefined> {
  const all = await wyomingEntries(core, signal);
  const ours = (entries: readonly Entry[]): Entry | undefined =>
    entries.find((one) => one.offers && isSameOffer(one.offers, offers)) ??
    entries.find((one) => one.offers && isSameServer(one.offers, offers));
  const found = ours(all);
  if (found) return found;
  const title = titleOf(offers);
  const asleep = all.filter((entry) => !entry.loaded && entry.title === title);
  const disabled = asleep.find((entry) => entry.disabled);
  if (disabled) return disabled;
  if (asleep.length === 0) return undefined;
  if (dryRun) return asleep[0];
  for (const { id } of asleep) await reloadEntry(core, id, signal).catch(() => {});
  const again = ours(await wyomingEntries(core, signal));
  if (again) report('done', `${what}: loaded their entry "${again.title}" again, which had lost them`);
  else report('left', `${what}: an entry "${title}" that cannot be loaded is left as it is; it leads elsewhere`);
  return again;
}

/** Home Assistant looks at what an entry offers when it loads it, and makes its entities then only. */
async function refresh(entry: Entry, { offers, what }: Wanted, means: Means): Promise<void> {
  const { core, domainsOf, dryRun, report, signal } = means;
  const domains = await domainsOf(entry.id);
  const lacking = offers.satellite
    ? []
    : KINDS.filter((kind) => offers.programs[kind].length > 0 && !domains.includes(DOMAINS[kind]));
  const isStale = entry.offers !== undefined && !isSameOffer(entry.offers, offers);
  if (lacking.length === 0 && !isStale) {
    report('there', `${what}: Home Assistant has them as "${entry.title}"`);
    return;
  }
  if (dryRun) {
    report('would', `${what}: would load their entry "${entry.title}" again, for they offer something else now`);
    return;
  }
  await reloadEntry(core, entry.id, signal);
  report('done', `${what}: loaded their entry "${entry.title}" again, for they offer something else now`);
}
