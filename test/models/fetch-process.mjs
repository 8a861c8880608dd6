// A process of its own that fetches one model by the built program, for the test of two at once.
import { catalogueOf } from '../../dist/models/catalogue.js';
import { locator } from '../../dist/models/locator.js';
import { openStore } from '../../dist/models/store.js';

process.once('message', async ({ folder, entry, archive, registry }) => {
  const events = [];
  const store = openStore({
    folder,
    catalogue: catalogueOf([entry], new Map([[archive.id, archive]])),
    locate: locator({ capture: async () => undefined, cwd: folder, env: { npm_config_registry: registry } }),
  });
  await store.need([entry.id], { onProgress: ({ kind }) => events.push(kind) });
  process.send({ events }, () => process.disconnect());
});
