import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '../../src/log.js';
import { type Assistant, openAssistant } from '../../src/main.js';
import { modelsFor } from '../../src/model-needs.js';
import { loadCatalogue } from '../../src/models/catalogue.js';
import { openStore } from '../../src/models/store.js';
import { loadOptions } from '../../src/options/load.js';
import { wyomingServices } from '../../src/wyoming-services.js';
import { modelsFolder } from '../models.js';
import { serveTest, type TestServer } from './peer.js';

const NOWHERE = '/nonexistent';

/** All services with the program's own engines, in front of the house that stands in for a real one. */
export const openRealServices = async (): Promise<TestServer> => {
  const data = mkdtempSync(join(tmpdir(), 'evil-services-'));
  const { options } = loadOptions({
    // An options file of whoever runs the tests is not meant for them.
    machine: { cores: 2, home: NOWHERE, folder: NOWHERE, environment: {}, addOnOptions: NOWHERE, addOn: false },
    set: [`folders.data=${data}`, `folders.models=${modelsFolder}`, 'conversation.commands=home', 'home.kind=demo'],
  });
  const log = createLog({ level: 'silent', format: 'plain' });
  const catalogue = loadCatalogue();
  const store = openStore({ folder: modelsFolder, catalogue, offline: true });
  const models = await store.need(modelsFor(options, catalogue));
  const assistant: Assistant = await openAssistant({ options, models, log, seed: 1, everybody: true });
  const server = await serveTest(wyomingServices({ options, catalogue, log, assistant: () => assistant }));
  return {
    ...server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await assistant.close();
      rmSync(data, { recursive: true, force: true });
    },
  };
};
