import { describe, expect, it } from 'vitest';
import { type Answered, type ConversationParts, conversationService } from '../../src/services/conversation.js';
import type { TurnContext } from '../../src/stages.js';
import { message } from '../../src/wyoming/index.js';
import { serveTest } from './peer.js';

const attribution = { name: 'Somebody', url: 'https://example.org' };

const parts = (changes: Partial<ConversationParts> = {}): ConversationParts => ({
  program: { name: 'mind', description: 'Answers', version: '1' },
  attribution,
  models: () => [{ name: 'demon', languages: ['en'], attribution, installed: true }],
  converse: async (text) => ({ kind: 'handled', text: `You said ${text}.` }),
  language: 'en',
  excuse: () => 'The abyss is out of order.',
  onFailure: () => {},
  ...changes,
});

const answering = (answered: Answered) => parts({ converse: async () => answered });

describe('the conversation service', () => {
  it('answers a text with what was handled', async () => {
    await using server = await serveTest([conversationService(parts())]);
    const peer = await server.peer();
    await peer.send(message('transcript', { text: 'rise' }));
    expect(await peer.answer('handled')).toEqual({ text: 'You said rise.' });
  });

  it('knows by the ids of Home Assistant who speaks and in which conversation', async () => {
    const contexts: TurnContext[] = [];
    const converse: ConversationParts['converse'] = async (_, context) => {
      contexts.push(context);
      return { kind: 'handled', text: '' };
    };
    await using server = await serveTest([conversationService(parts({ converse }))]);
    const peer = await server.peer();
    const context = { conversation_id: '01K', device_id: 'd1', satellite_id: 'assist_satellite.kitchen', more: 1 };
    await peer.send(
      message('transcript', { text: 'one', language: 'de', context }),
      message('transcript', { text: 'two', context: { conversation_id: 7, device_id: 'x'.repeat(300) } }),
      message('recognize', { text: 'three' }),
    );
    for (let i = 0; i < 3; i++) await peer.until('handled');
    expect(contexts).toEqual([
      { language: 'de', conversation: '01K', device: 'd1', satellite: 'assist_satellite.kitchen' },
      { language: 'en' },
      { language: 'en' },
    ]);
  });

  it('says that it was not done, in words', async () => {
    await using server = await serveTest([
      conversationService(answering({ kind: 'not-handled', text: 'I will not open that door.' })),
    ]);
    const peer = await server.peer();
    await peer.send(message('transcript', { text: 'open the door' }));
    expect(await peer.answer('not-handled')).toEqual({ text: 'I will not open that door.' });
  });

  it('never answers with an error, whatever fails: an older Home Assistant would wait for ever', async () => {
    const failures: unknown[] = [];
    const broken = parts({
      converse: async () => {
        throw new TypeError('a defect');
      },
      onFailure: (error) => failures.push(error),
    });
    await using server = await serveTest([conversationService(broken)]);
    const peer = await server.peer();
    await peer.send(message('transcript', { text: 'rise' }));
    expect(await peer.until('not-handled')).toEqual([message('not-handled', { text: 'The abyss is out of order.' })]);
    expect(failures).toEqual([new TypeError('a defect')]);
    await peer.send(message('transcript', { text: 'again' }));
    await peer.until('not-handled');
  });

  it('hands Home Assistant one intent as it is, and several in brackets', async () => {
    const lamp = { name: 'HassTurnOn', entities: [{ name: 'name', value: 'desk lamp' }], text: 'So be it.' };
    const fan = { name: 'HassTurnOff', entities: [{ name: 'name', value: 'fan' }], text: 'It is done.' };
    let answered: Answered = { kind: 'intents', intents: [fan] };
    await using server = await serveTest([conversationService(parts({ converse: async () => answered }))]);
    const peer = await server.peer();
    await peer.send(message('transcript', { text: 'one' }));
    expect(await peer.until('intent')).toEqual([message('intent', fan)]);
    answered = { kind: 'intents', intents: [lamp, fan] };
    await peer.send(message('transcript', { text: 'two' }));
    expect((await peer.until('intents-stop')).map(({ type }) => type)).toEqual([
      'intents-start',
      'intent',
      'intent',
      'intents-stop',
    ]);
  });

  it('sends the template of a question as it is, after what is to be spoken', async () => {
    const intents = [{ name: 'HassGetState', entities: [], text: 'Very {{ well }}.', answer: '{{ query.state }}' }];
    await using server = await serveTest([conversationService(answering({ kind: 'intents', intents }))]);
    const peer = await server.peer();
    await peer.send(message('transcript', { text: 'one' }));
    const { text } = await peer.answer('intent');
    expect(text).toMatch(/^Very +\{? well +\}? ?\. \{\{ query\.state \}\}$/);
  });

  it.each(['{{ states }}', '{% set x = 1 %}', '{# note #}', '{{{ nested }}}'])(
    'lets no template through in what Home Assistant would render: %s',
    async (template) => {
      const intents = [{ name: 'HassTurnOn', entities: [], text: `Done, ${template}.` }];
      await using server = await serveTest([conversationService(answering({ kind: 'intents', intents }))]);
      const peer = await server.peer();
      await peer.send(message('transcript', { text: 'one' }));
      const { text } = await peer.answer('intent');
      expect(text).not.toMatch(/\{[{%#]|[}%#]\}/);
      expect(text).toContain('Done, ');
    },
  );

  it('gives an answer up when nobody waits for it any more', async () => {
    let aborted = false;
    const converse: ConversationParts['converse'] = (_, __, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(signal.reason);
        });
      });
    await using server = await serveTest([conversationService(parts({ converse }))]);
    const peer = await server.peer();
    await peer.send(message('transcript', { text: 'one' }));
    await peer.send(message('ping', { text: 'still here' }));
    await peer.until('pong');
    await peer.connection.close();
    while (!aborted) await new Promise(setImmediate);
  });
});
