import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { rootCertificates } from 'node:tls';
import type { AgentOptions } from '@npmcli/agent';
import fetchFrom from 'npm-registry-fetch';
import type { Capture } from './package-tools.js';

/** npm's configuration as npm itself sees it: `registry`, `@scope:registry`, `//host/:_authToken`, `proxy`, `cafile` … */
export type NpmConfig = Readonly<Record<string, unknown>>;

/** npm's own, where nothing else is configured. */
export const DEFAULT_REGISTRY = fetchFrom.pickRegistry('any', {});

/** `key = value` lines of an `.npmrc`, `${NAME}` replaced from the environment as npm does. */
export const parseNpmrc = (text: string, env: NodeJS.ProcessEnv): Record<string, string> => {
  const values: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
    if (!match) continue;
    const value = match[2]!.replace(/^(["'])(.*)\1$/, '$2');
    const expand = (it: string) => it.replace(/\$\{([^}]+)\}/g, (whole, name: string) => env[name] ?? whole);
    values[expand(match[1]!)] = expand(value);
  }
  return values;
};

const readNpmrc = (file: string | undefined, env: NodeJS.ProcessEnv): Record<string, string> => {
  try {
    return file ? parseNpmrc(readFileSync(file, 'utf8'), env) : {};
  } catch {
    return {};
  }
};

/** The folder whose `.npmrc` counts as the project's: the nearest with a package.json or node_modules. */
const projectFolder = (from: string): string => {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) || existsSync(join(folder, 'node_modules'))) return folder;
    if (dirname(folder) === folder) return from;
  }
};

/** `npm_config_fetch_retries` is `fetch-retries`; keys of a host or scope are as they are. */
const fromEnvironment = (env: NodeJS.ProcessEnv): Record<string, string> => {
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    const match = /^npm_config_(.+)$/i.exec(name);
    if (!match || value === undefined || value === '') continue;
    const key = match[1]!;
    values[key.startsWith('//') || key.startsWith('@') ? key : key.toLowerCase().replace(/(?!^)_/g, '-')] = value;
  }
  return values;
};

const parseJson = (text: string | undefined): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};

/**
 * The user's npm configuration. `npm config list --json` merges all of npm's own sources but leaves the logins out, so
 * that those are read from the `.npmrc` files it names; without npm the files and the environment must do.
 */
export const readNpmConfig = async (options: {
  readonly capture: Capture;
  readonly signal: AbortSignal;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}): Promise<NpmConfig> => {
  const { capture, signal, cwd = process.cwd(), env = process.env } = options;
  const cli = env.npm_execpath;
  const args = ['config', 'list', '--json'];
  const said = parseJson(
    cli && /npm-cli\.c?js$/.test(cli)
      ? await capture(process.execPath, [cli, ...args], signal)
      : await capture('npm', args, signal),
  );
  const environment = fromEnvironment(env);
  const userFile = String(said?.userconfig ?? environment.userconfig ?? join(homedir(), '.npmrc'));
  const globalFile = said?.globalconfig ?? environment.globalconfig;
  const written = {
    ...readNpmrc(typeof globalFile === 'string' ? globalFile : undefined, env),
    ...readNpmrc(userFile, env),
    ...readNpmrc(join(projectFolder(cwd), '.npmrc'), env),
    ...environment,
  };
  if (!said) return written;
  const logins = Object.fromEntries(Object.entries(written).filter(([key]) => key.startsWith('//')));
  return { ...said, ...logins };
};

const string = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value !== 'null' ? value : undefined;

const certificates = (config: NpmConfig): readonly string[] => {
  const given = [config.ca].flat().filter((it): it is string => typeof it === 'string' && it.includes('BEGIN'));
  const file = string(config.cafile);
  if (!file) return given;
  try {
    return [
      ...given,
      ...readFileSync(file, 'utf8')
        .split(/(?<=-----END CERTIFICATE-----)/)
        .filter((it) => it.includes('BEGIN')),
    ];
  } catch {
    return given;
  }
};

/** How to connect, with the user's proxy and certificates. `others`: hosts that are no npm registry. */
export const agentOptions = (config: NpmConfig, whom: 'registry' | 'others'): AgentOptions => {
  const proxy = string(config['https-proxy']) ?? string(config.proxy);
  const noProxy = [config.noproxy].flat().filter((it): it is string => typeof it === 'string' && it !== '');
  const ca = certificates(config);
  const strict = String(config['strict-ssl'] ?? true) !== 'false';
  const own = whom === 'registry';
  return {
    ...(proxy && { proxy }),
    ...(noProxy.length > 0 && { noProxy: noProxy.join(',') }),
    // What npm trusts comes on top for others: a proxy that looks inside connections signs for every host.
    ...(ca.length > 0 && { ca: own ? ca : [...rootCertificates, ...ca] }),
    ...(own && string(config.cert) && { cert: String(config.cert) }),
    ...(own && string(config.key) && { key: String(config.key) }),
    ...(own && !strict && { rejectUnauthorized: false }),
  };
};

/** The registry for a package, with its scope's own where there is one; ends in `/`. */
export const registryFor = (config: NpmConfig, name: string): string => {
  const scope = name.startsWith('@') ? name.split('/')[0] : undefined;
  const registry = (scope && string(config[`${scope}:registry`])) ?? string(config.registry) ?? DEFAULT_REGISTRY;
  return registry.endsWith('/') ? registry : `${registry}/`;
};
