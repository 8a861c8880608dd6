import { z } from 'zod';
import type { Milliseconds } from '../units.js';
import { SourceFailure } from './failures.js';
import { type Endpoint, getText } from './http.js';
import { agentOptions, type NpmConfig } from './npm-config.js';
import { type Located, readJson } from './npm-registry.js';
import type { Capture } from './package-tools.js';

const DEFAULT_INDEX = 'https://pypi.org/simple';

/** The index that pip uses here: the environment's, else what pip's own files say, else PyPI. */
export const readPipIndex = async (options: {
  readonly capture: Capture;
  readonly signal: AbortSignal;
  readonly env?: NodeJS.ProcessEnv;
}): Promise<string> => {
  const { capture, signal, env = process.env } = options;
  if (env.PIP_INDEX_URL) return env.PIP_INDEX_URL;
  const args = ['config', 'get', 'global.index-url'];
  const said = (await capture('pip', args, signal)) ?? (await capture('pip3', args, signal));
  return said?.trim() || DEFAULT_INDEX;
};

const page = z.object({
  files: z.array(
    z.object({ filename: z.string(), url: z.string(), hashes: z.record(z.string(), z.string()).default({}) }),
  ),
});

interface Offer {
  readonly filename: string;
  readonly url: string;
  readonly sha256: string | undefined;
}

/** The HTML form of a simple page (PEP 503), which is all that many private indexes speak. */
const fromHtml = (html: string): readonly Offer[] =>
  [...html.matchAll(/<a\s[^>]*?href=(["'])(.*?)\1[^>]*>\s*([^<]*?)\s*<\/a>/gis)].map(([, , href, filename]) => ({
    filename: filename!,
    url: href!.replaceAll('&amp;', '&').replace(/#.*$/, ''),
    sha256: /#(?:.*&)?sha256=([0-9a-f]{64})/i.exec(href!)?.[1]?.toLowerCase(),
  }));

/**
 * Finds a wheel on the user's package index (PEP 691, or PEP 503 where that is not spoken).
 * @throws SourceFailure, or the signal's reason.
 */
export const locateWheel = async (
  project: string,
  wheel: string,
  index: string,
  config: NpmConfig,
  options: { signal: AbortSignal; stallAfter: Milliseconds },
): Promise<Located> => {
  if (!URL.canParse(index)) throw new SourceFailure("pip's index-url is not an address");
  const base = new URL(index);
  const login = base.username
    ? {
        authorization: `Basic ${Buffer.from(`${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`).toString('base64')}`,
      }
    : {};
  base.username = '';
  base.password = '';
  const agent = agentOptions(config, 'others');
  const normal = project.toLowerCase().replace(/[-_.]+/g, '-');
  const url = `${base.href.replace(/\/$/, '')}/${normal}/`;
  const accept = 'application/vnd.pypi.simple.v1+json, text/html; q=0.1';
  const answer = await getText({ url, agent, headers: { ...login, accept } }, options);
  const json = page.safeParse(readJson(answer.text));
  const offers = json.success
    ? json.data.files.map((it): Offer => ({ ...it, sha256: it.hashes.sha256 }))
    : fromHtml(answer.text);
  const found = offers.find((it) => it.filename === wheel);
  if (!found) throw new SourceFailure(`the index has no ${wheel}`);
  const at = new URL(found.url, url);
  const endpoint: Endpoint = { url: at.href, agent, headers: at.host === base.host ? login : {} };
  return { endpoint, ...(found.sha256 && { digest: { algorithm: 'sha256', hex: found.sha256 } as const }) };
};
