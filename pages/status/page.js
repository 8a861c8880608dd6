// The status page: asks for status.json now and then, and shows what has changed. All addresses are relative, because Home
// Assistant's ingress puts the page under a path of its own.

const EVERY = 1000;
/** A server that is gone is asked less often. */
const EVERY_AT_MOST = 15_000;

const PHASES = {
  starting: 'Waking up',
  fetching: 'Fetching its models',
  waiting: 'Something failed; it is tried again',
  loading: 'Loading its models',
  ready: 'Awake, and listening to you',
  ending: 'Going',
};

const byId = (id) => document.getElementById(id);

/** An element; `text` is text and never markup. */
const make = (name, { text, className, ...attributes } = {}, children = []) => {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};

const shape = (name, attributes, children = []) => {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
const milliseconds = (duration) => `${duration < 10 ? duration.toFixed(1) : duration.toFixed(0)} ms`;

const serviceItem = ({ name, detail, ready }) =>
  make('li', {}, [
    make('span', { text: name }),
    make('span', { text: ready ? '✓ ready' : '… not yet', className: ready ? 'good' : 'dim' }),
    make('span', { text: detail, className: 'dim whole' }),
  ]);

const levelItem = ({ name, level }) =>
  make('li', {}, [
    make('span', { text: name }),
    make('span', { text: Number.isFinite(level) ? `${level.toFixed(0)} dBFS` : 'silence', className: 'dim' }),
    make('meter', {
      min: -70,
      max: 0,
      low: -50,
      high: -3,
      optimum: -20,
      value: Math.max(-70, level),
      'aria-label': name,
    }),
  ]);

const STATES = { unpacking: 'checking and unpacking', done: '✓ there', failed: '✗ failed' };

const downloadItem = ({ name, state, received, total, reason }) => {
  const amount = total ? `${megabytes(received)} of ${megabytes(total)}` : megabytes(received);
  const said = STATES[state] ?? amount;
  const children = [
    make('span', { text: name }),
    make('span', { text: said, className: state === 'failed' ? 'bad' : state === 'done' ? 'good' : 'dim' }),
  ];
  if (state === 'fetching') {
    const known = total ? { value: Math.min(received, total), max: total } : {};
    children.push(make('progress', { ...known, 'aria-label': name }));
  }
  if (reason) children.push(make('span', { text: reason, className: 'dim whole' }));
  return make('li', {}, children);
};

const turnTable = (parts) => {
  const origin = Math.min(...parts.map(({ start }) => start));
  const length = Math.max(1, ...parts.map(({ start, duration }) => start + duration - origin));
  const rows = parts.map(({ label, start, duration, limit, met }) => {
    const kind = met ? (/wait|end of speech/.test(label) ? 'wait' : '') : 'missed';
    const bar = shape('rect', {
      x: (100 * (start - origin)) / length,
      width: Math.max(0.5, (100 * duration) / length),
      height: 10,
      class: kind,
    });
    const target = limit === undefined ? '' : `< ${limit} ${met ? '✓' : '✗'}`;
    return make('tr', {}, [
      make('th', { text: label, scope: 'row' }),
      make('td', { className: 'drawn' }, [
        shape('svg', { viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, [bar]),
      ]),
      make('td', { text: milliseconds(duration), className: 'number' }),
      make('td', { text: target, className: met ? 'dim' : 'bad' }),
    ]);
  });
  return make('div', { className: 'scroll' }, [make('table', {}, [make('tbody', {}, rows)])]);
};

const turnItem = (turn, open) => {
  const { at, ending, intents, parts } = turn;
  const total = parts.find(({ label }) => label === 'last sound to answer');
  const summary = [
    new Date(at).toLocaleTimeString(),
    intents.length > 0 ? intents.join(', ') : ending,
    ...(total ? [milliseconds(total.duration)] : []),
  ].join(' · ');
  const content = parts.length > 0 ? turnTable(parts) : make('p', { text: 'Nothing was measured.', className: 'dim' });
  return make('details', { 'data-at': at, ...(open ? { open: '' } : {}) }, [
    make('summary', { text: summary }),
    content,
  ]);
};

/** Shown already, as JSON: what has not changed stays, and with it focus and what is open. */
const shown = new Map();
const changed = (key, value) => {
  const text = JSON.stringify(value);
  if (shown.get(key) === text) return false;
  shown.set(key, text);
  return true;
};

const fill = (id, items, item) => {
  if (!changed(id, items)) return;
  byId(id).replaceChildren(...items.map(item));
  const section = byId(`${id}-section`);
  if (section) section.hidden = items.length === 0;
};

const showTurns = (turns) => {
  if (!changed('turns', turns)) return;
  const list = byId('turns');
  const old = new Map([...list.children].map((element) => [element.dataset.at, element]));
  // Elements that stay are not even moved: a moved one would lose the focus.
  for (const [at, element] of old) if (!turns.some((turn) => String(turn.at) === at)) element.remove();
  for (const [i, turn] of [...turns].reverse().entries()) {
    if (!old.has(String(turn.at))) list.prepend(turnItem(turn, i === turns.length - 1 && old.size === 0));
  }
  byId('no-turns').hidden = turns.length > 0;
};

const show = ({ version, phase, trouble, services, downloads, turns, levels }) => {
  if (changed('head', [version, phase, trouble])) {
    byId('version').textContent = version;
    byId('phase').textContent = PHASES[phase] ?? phase;
    byId('trouble').textContent = trouble ?? '';
    byId('trouble').hidden = !trouble;
  }
  fill('services', services, serviceItem);
  fill('levels', levels, levelItem);
  fill('downloads', downloads, downloadItem);
  showTurns(turns);
};

let pause = EVERY;
const look = async () => {
  if (document.visibilityState === 'visible') {
    try {
      const answer = await fetch('status.json', { cache: 'no-store', signal: AbortSignal.timeout(10_000) });
      if (!answer.ok) throw new Error(String(answer.status));
      show(await answer.json());
      pause = EVERY;
    } catch {
      if (changed('head', ['gone'])) byId('phase').textContent = 'It does not answer. Trying again…';
      pause = Math.min(EVERY_AT_MOST, pause * 2);
    }
  }
  setTimeout(look, pause);
};
document.addEventListener('visibilitychange', () => {
  pause = EVERY;
});
look();
