import { mkdir, writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';

/** Notes what this thread spends its time with, until it is stopped. */
export interface Profiling {
  /** Writes `bench.cpuprofile`, for Chrome's developer tools and the like, and `heap.json`; gives their paths. */
  stop(folder: string): Promise<readonly string[]>;
}

export const startProfiling = async (): Promise<Profiling> => {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  return {
    async stop(folder) {
      const { profile } = await session.post('Profiler.stop');
      session.disconnect();
      await mkdir(folder, { recursive: true });
      const heap = { heap: getHeapStatistics(), spaces: getHeapSpaceStatistics(), process: process.memoryUsage() };
      const files = [
        [join(folder, 'bench.cpuprofile'), profile],
        [join(folder, 'heap.json'), heap],
      ] as const;
      for (const [file, content] of files) await writeFile(file, JSON.stringify(content));
      return files.map(([file]) => file);
    },
  };
};
