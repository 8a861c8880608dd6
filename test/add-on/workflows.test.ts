import { describe, expect, test } from 'vitest';
import { text, tree, yaml } from './files.js';

interface Workflow {
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly permissions?: object;
  readonly 'timeout-minutes'?: number;
  readonly steps: readonly { readonly run?: string }[];
}

const workflows = tree('.github/workflows');

test('there is one for checks and one for images', () => {
  expect(workflows).toEqual(['.github/workflows/builder.yaml', '.github/workflows/ci.yaml']);
});

describe.each(workflows)('%s', (path) => {
  const workflow = yaml<Workflow>(path);

  test('may do nothing that a job has not asked for', () => {
    expect(workflow.permissions).toEqual({});
    for (const job of Object.values(workflow.jobs)) expect(job.permissions).toBeDefined();
  });

  test('ends some time', () => {
    for (const job of Object.values(workflow.jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0);
  });

  test("uses nobody's work but by its exact commit, with its version beside it", () => {
    const used = [...text(path).matchAll(/uses: (.*)$/gm)].map(([, what]) => what!);
    expect(used.length).toBeGreaterThan(0);
    for (const one of used) expect(one).toMatch(/^[\w./-]+@[0-9a-f]{40} # (v\d+\.\d+\.\d+|\d{4}\.\d{2}\.\d)$/);
  });

  test('writes nothing that somebody else has said into a script', () => {
    for (const { steps } of Object.values(workflow.jobs))
      for (const { run = '' } of steps) expect(run).not.toContain('${{');
  });
});

test('the image is built by the successors of the retired action', () => {
  for (const action of ['prepare-multi-arch-matrix', 'build-image', 'publish-multi-arch-manifest']) {
    expect(text('.github/workflows/builder.yaml')).toContain(`home-assistant/builder/actions/${action}@`);
  }
});
