import {
  andThen,
  type Incoming,
  MOST_SOUNDS,
  type SatelliteAction,
  type SatelliteState,
  type Server,
  type ServerId,
  type Sound,
  type SoundId,
  type SoundSource,
  type Step,
  serverOf,
  step,
  withServer,
} from './state.js';

/** What is heard, one sound after the other, and what arrives to be heard. Every sound of a server gets one `played`. */

/** Puts a sound at the end of the line. Where the line is full nothing is added. */
export const queueSound = (state: SatelliteState, source: SoundSource): Step & { readonly id?: SoundId } => {
  if (state.sounds.length >= MOST_SOUNDS) return step(state);
  const sound: Sound = { id: state.count + 1, source };
  const queued = { ...state, count: sound.id, sounds: [...state.sounds, sound] };
  return { ...step(queued, ...(queued.sounds.length === 1 ? [{ kind: 'play', sound } as const] : [])), id: sound.id };
};

/** A sound has been heard. The next one follows. */
export const finishSound = (state: SatelliteState, id: SoundId): Step => {
  const [first, ...rest] = state.sounds;
  if (first?.id !== id) return step(state);
  const next = rest[0];
  return step(
    forget({ ...state, sounds: rest }, first),
    ...playedFor(state, first),
    ...(next ? [{ kind: 'play', sound: next } as const] : []),
  );
};

/** Stops sounds, also those that wait, and tells their servers. */
export const cutSounds = (state: SatelliteState, which: (sound: Sound) => boolean = () => true): Step => {
  const cut = state.sounds.filter(which);
  if (cut.length === 0) return step(state);
  const sounds = state.sounds.filter((sound) => !which(sound));
  const next = sounds[0];
  const actions: SatelliteAction[] = cut.flatMap((sound) => [
    { kind: 'silence', sound: sound.id },
    ...playedFor(state, sound),
  ]);
  if (next && next.id !== state.sounds[0]!.id) actions.push({ kind: 'play', sound: next });
  return step(cut.reduce(forget, { ...state, sounds }), ...actions);
};

const playedFor = (state: SatelliteState, { source }: Sound): readonly SatelliteAction[] =>
  'server' in source && serverOf(state, source.server)
    ? [{ kind: 'send', server: source.server, message: { type: 'played' } }]
    : [];

/** What still arrives of a sound that nobody hears any more goes nowhere. Its pipeline may still be running. */
const forget = (state: SatelliteState, { id, source }: Sound): SatelliteState => {
  const server = 'server' in source ? serverOf(state, source.server) : undefined;
  if (server?.incoming?.sound !== id) return state;
  return withServer(state, { ...server, late: state.now, incoming: { owed: false, at: server.incoming.at } });
};

/** A server begins to send sound: `answer`, `announcement`, or what nobody wants to hear any more. */
export const beginIncoming = (
  state: SatelliteState,
  from: ServerId,
  wanted: 'answer' | 'announcement' | 'stale',
): Step =>
  andThen(endIncoming(state, from), (ended) => {
    const server = serverOf(ended, from);
    if (!server) return step(ended);
    if (wanted === 'stale') return step(receiving(ended, server, { owed: false, at: ended.now }));
    const queued = queueSound(ended, { from: wanted, server: from });
    const { id } = queued;
    if (id === undefined) return step(receiving(ended, server, { owed: true, at: ended.now }));
    return step(
      receiving(queued.state, server, { sound: id, owed: false, at: ended.now }),
      { kind: 'open', sound: id },
      ...queued.actions,
    );
  });

const receiving = (state: SatelliteState, server: Server, incoming: Incoming): SatelliteState =>
  withServer(state, { ...server, incoming });

export const feedIncoming = (state: SatelliteState, from: ServerId): Step => {
  const server = serverOf(state, from);
  if (!server?.incoming) return step(state);
  const { sound } = server.incoming;
  return step(
    receiving(state, server, { ...server.incoming, at: state.now }),
    ...(sound === undefined ? [] : [{ kind: 'feed', sound } as const]),
  );
};

/** No more will come, whether the server says so or is gone. */
export const endIncoming = (state: SatelliteState, from: ServerId): Step => {
  const server = serverOf(state, from);
  if (!server?.incoming) return step(state);
  const { incoming, ...rest } = server;
  const ended = withServer(state, rest);
  if (incoming.sound !== undefined) return step(ended, { kind: 'end', sound: incoming.sound });
  return step(ended, ...(incoming.owed ? [{ kind: 'send', server: from, message: { type: 'played' } } as const] : []));
};
