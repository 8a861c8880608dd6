import fetchFromRegistry from 'npm-registry-fetch';
import { z } from 'zod';
import type { Milliseconds } from '../units.js';
import type { Digest } from './catalogue.js';
import { SourceFailure } from './failures.js';
import { type Endpoint, getText } from './http.js';
import { agentOptions, DEFAULT_REGISTRY, type NpmConfig, registryFor } from './npm-config.js';

/** Where an archive can be had now, and what its registry says that it is. */
export interface Located {
  readonly endpoint: Endpoint;
  readonly digest?: Digest;
}

interface Login {
  readonly token: string | null;
  readonly auth: string | null;
  readonly cert: string | null;
  readonly key: string | null;
}
/** npm's own choice of a login for an address; its types leave it out. */
const { getAuth } = fetchFromRegistry as unknown as { getAuth(url: string, options: Record<string, unknown>): Login };

const packument = z.object({
  versions: z.record(
    z.string(),
    z.object({ dist: z.object({ tarball: z.url({ protocol: /^https?$/ }), integrity: z.string().optional() }) }),
  ),
});

const endpointOf = (url: string, registry: string, config: NpmConfig): Endpoint => {
  const login = getAuth(url, { ...config, registry });
  const agent = agentOptions(config, 'registry');
  return {
    url,
    agent: { ...agent, ...(login.cert && login.key && { cert: login.cert, key: login.key }) },
    headers: login.token
      ? { authorization: `Bearer ${login.token}` }
      : login.auth
        ? { authorization: `Basic ${login.auth}` }
        : {},
  };
};

/** Mirrors hand on npm's own addresses; npm asks the mirror all the same (`replace-registry-host`, default `npmjs`). */
const tarballAt = (tarball: string, registry: string, config: NpmConfig): string => {
  const url = new URL(tarball);
  const replace = String(config['replace-registry-host'] ?? 'npmjs');
  const host = replace === 'npmjs' ? new URL(DEFAULT_REGISTRY).host : replace;
  return replace !== 'never' && (replace === 'always' || url.host === host)
    ? new URL(`${url.pathname}${url.search}`, registry).href
    : tarball;
};

const sha512 = (integrity: string | undefined): Digest | undefined => {
  const found = integrity?.split(/\s+/).find((it) => it.startsWith('sha512-'));
  if (!found) return undefined;
  return { algorithm: 'sha512', hex: Buffer.from(found.slice('sha512-'.length), 'base64').toString('hex') };
};

/**
 * Asks the user's registry for one version of a package.
 * @throws SourceFailure, or the signal's reason.
 */
export const locateNpm = async (
  name: string,
  version: string,
  config: NpmConfig,
  options: { signal: AbortSignal; stallAfter: Milliseconds },
): Promise<Located> => {
  const registry = registryFor(config, name);
  const endpoint = endpointOf(`${registry}${name.replace('/', '%2f')}`, registry, config);
  // The abbreviated form: https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md
  const accept = 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8';
  const { text } = await getText({ ...endpoint, headers: { ...endpoint.headers, accept } }, options);
  const parsed = packument.safeParse(readJson(text));
  if (!parsed.success) throw new SourceFailure('the registry answered with something else than a package');
  const found = parsed.data.versions[version];
  if (!found) throw new SourceFailure(`the registry has no version ${version}`);
  const digest = sha512(found.dist.integrity);
  return {
    endpoint: endpointOf(tarballAt(found.dist.tarball, registry, config), registry, config),
    ...(digest && { digest }),
  };
};

/** Undefined where it is no JSON. */
export const readJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
