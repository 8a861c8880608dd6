import { Fault } from '../faults.js';
import { formatUri, parseUri, WyomingError } from '../wyoming/index.js';

/** The options that name a service elsewhere. */
export type ServiceOption = 'stt.service' | 'voice.service' | 'wake.service' | 'conversation.service';

/** Where a Wyoming service is, and what is wanted of it. */
export interface ServiceAddress {
  /** As `openClient` takes it. */
  readonly uri: string;
  /** For people: `192.168.1.5:10300`, or the path of a socket. */
  readonly place: string;
  /** Of a recogniser. */
  readonly model?: string;
  readonly voice?: string;
  /** Name or number of one of the voice's speakers. */
  readonly speaker?: string;
  readonly language?: string;
}

type Wish = 'model' | 'voice' | 'speaker' | 'language';

const WISHES: Readonly<Record<ServiceOption, readonly Wish[]>> = {
  'stt.service': ['model', 'language'],
  'voice.service': ['voice', 'speaker', 'language'],
  'wake.service': [],
  'conversation.service': ['language'],
};

const HINT = 'Write it as wyoming://192.168.1.5:10300, tcp://… or unix:///path';

/**
 * `wyoming://host:port?model=NAME&voice=NAME&speaker=N&language=en`, also with `tcp://` or `unix:///path`.
 *
 * @throws Fault('usage') that names the option: for what is no address, and for a wish that this kind of service knows nothing of.
 */
export const parseServiceAddress = (option: ServiceOption, value: string): ServiceAddress => {
  const [, base = '', query = ''] = /^([^?]*)\??(.*)$/s.exec(value) ?? [];
  const place = base.replace(/^wyoming:/i, 'tcp:');
  return { ...located(option, place), ...wishes(option, query) };
};

const located = (option: ServiceOption, uri: string): Pick<ServiceAddress, 'uri' | 'place'> => {
  try {
    const address = parseUri(uri);
    // Our own standard input is nobody's service.
    if (address.kind === 'stdio') throw new WyomingError('uri', '"stdio://" is no place elsewhere.');
    const known = formatUri(address);
    return { uri: known, place: known.replace(/^\w+:\/\//, '') };
  } catch (error) {
    if (!(error instanceof WyomingError)) throw error;
    throw new Fault('usage', `${option}: ${error.message}`, { hint: `${HINT}.`, cause: error });
  }
};

const wishes = (option: ServiceOption, query: string): Pick<ServiceAddress, Wish> => {
  const allowed = WISHES[option];
  const found: Partial<Record<Wish, string>> = {};
  for (const [key, value] of new URLSearchParams(query)) {
    const wish = allowed.find((name) => name === key);
    if (wish === undefined) {
      throw new Fault('usage', `${option}: "${key}" can not be chosen there`, {
        hint: allowed.length === 0 ? 'Leave out what follows the "?".' : `What can be chosen: ${allowed.join(', ')}.`,
      });
    }
    if (value.trim() === '')
      throw new Fault('usage', `${option}: "${key}" is empty`, { hint: `Name it or leave it out.` });
    if (found[wish] !== undefined) throw new Fault('usage', `${option}: "${key}" is there twice`);
    found[wish] = value.trim();
  }
  return found;
};
