import { z } from 'zod';

/** How `catalogue.yaml` is written. `catalogue.ts` turns it into what the store works with. */

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected a sha256 in 64 lower-case hexadecimal digits');
const size = z.int().nonnegative();
const https = z
  .url({ protocol: /^https?$/, error: 'expected an http(s) address' })
  .refine((url) => !url.includes('@'), 'an address must not carry a login');

/** Inside a folder, with `/`, so that no entry can ever write elsewhere. */
export const relativePath = z
  .string()
  .min(1)
  .refine(
    (path) => !/[\\:\0]/.test(path) && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..'),
    'expected a relative path without "..", "\\" or ":"',
  );

const archive = z.union(
  [
    z.strictObject({
      npm: z.string().regex(/^(@[\w.-]+\/)?[\w.-]+@\d[\w.+-]*$/, 'expected name@version'),
      size,
      integrity: z.string().regex(/^sha512-[A-Za-z0-9+/]{86}==$/, 'expected npm\'s "sha512-…"'),
      unverified: z.boolean().default(false),
    }),
    z.strictObject({
      pypi: z.string().regex(/^[\w.-]+==[\w.!+-]+$/, 'expected name==version'),
      wheel: z.string().regex(/^[\w.+-]+\.whl$/, 'expected the file name of a wheel'),
      size,
      sha256,
      unverified: z.boolean().default(false),
    }),
    z
      .strictObject({
        url: https,
        format: z.enum(['zip', 'tar.gz']),
        size: size.optional(),
        sha256: sha256.optional(),
        unverified: z.boolean().default(false),
      })
      .refine((it) => it.unverified || (it.size !== undefined && it.sha256 !== undefined), {
        error: 'an archive without size and sha256 must be marked "unverified: true"',
      }),
  ],
  { error: 'expected an archive: npm + size + integrity, pypi + wheel + size + sha256, or url + format' },
);

const source = z.union(
  [
    z.strictObject({ url: https, unverified: z.boolean().default(false) }),
    z
      .strictObject({
        archive: z.string(),
        member: relativePath,
        from: z.int().nonnegative().optional(),
        to: z.int().positive().optional(),
        unverified: z.boolean().default(false),
      })
      .refine((it) => (it.from === undefined) === (it.to === undefined), '"from" and "to" belong together'),
  ],
  { error: 'expected a source: url, or archive + member (+ from + to)' },
);

const licence = z.strictObject({
  /** SPDX identifier where there is one. */
  name: z.string().min(1),
  attribution: z.string().min(1),
  url: https,
  non_commercial: z.boolean().default(false),
  /** Where an entry has several licences: which part this one is for. */
  covers: z.string().optional(),
});

const model = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9][\w.-]*$/, 'expected letters, digits, "_", "-" and "."'),
    title: z.string().min(1),
    purpose: z.string().min(1),
    licences: z.array(licence).min(1),
    sources: z
      .array(z.strictObject({ archive: z.string(), folder: relativePath, unverified: z.boolean().default(false) }))
      .default([]),
    files: z
      .array(
        z.strictObject({
          path: relativePath,
          size,
          sha256,
          /** `linux-x64`: `process.platform` and `process.arch`. Without it the file is for every machine. */
          platforms: z.array(z.string().regex(/^[a-z0-9]+-[a-z0-9]+$/, 'expected os-arch')).optional(),
          sources: z.array(source).default([]),
        }),
      )
      .min(1),
    bundles: z
      .array(
        z.strictObject({
          index: relativePath,
          folder: relativePath,
          archive: z.string(),
          member: relativePath,
          unverified: z.boolean().default(false),
        }),
      )
      .default([]),
  })
  .check(({ value, issues }) => {
    value.files.forEach((file, index) => {
      if (file.sources.length + value.sources.length === 0)
        issues.push({ code: 'custom', input: file, path: ['files', index], message: 'has no source' });
      file.sources.forEach((it, at) => {
        if ('from' in it && it.from !== undefined && it.to !== undefined && it.to - it.from !== file.size)
          issues.push({
            code: 'custom',
            input: it,
            path: ['files', index, 'sources', at],
            message: `"from" and "to" are ${it.to - it.from} bytes apart, but the file has ${file.size}`,
          });
      });
    });
  });

export const catalogueSchema = z
  .strictObject({ archives: z.record(z.string(), archive), models: z.array(model) })
  .check(({ value, issues }) => {
    const seen = new Set<string>();
    value.models.forEach((it, index) => {
      const unknown = (name: string, path: (string | number)[]) => {
        if (!Object.hasOwn(value.archives, name))
          issues.push({ code: 'custom', input: name, path, message: `there is no archive "${name}"` });
      };
      if (seen.has(it.id))
        issues.push({ code: 'custom', input: it.id, path: ['models', index, 'id'], message: `"${it.id}" comes twice` });
      seen.add(it.id);
      it.sources.forEach((from, at) => {
        unknown(from.archive, ['models', index, 'sources', at, 'archive']);
      });
      it.bundles.forEach((from, at) => {
        unknown(from.archive, ['models', index, 'bundles', at, 'archive']);
      });
      it.files.forEach((file, at) => {
        file.sources.forEach((from, nth) => {
          if ('archive' in from) unknown(from.archive, ['models', index, 'files', at, 'sources', nth, 'archive']);
        });
      });
    });
  });

export type WrittenCatalogue = z.output<typeof catalogueSchema>;
