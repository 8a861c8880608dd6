import {
  constant,
  floats,
  type Graph,
  type Initializer,
  integer,
  integers,
  type Node,
  node,
  numbersOf,
  prefixed,
  readGraph,
  writeGraph,
} from './onnx-graph.js';

/** New samples a frame: 80 ms. */
export const WAKE_FRAME = 1280;
/** Samples of the frame before that the melspectrogram needs: three of its hops of 160. */
export const OVERLAP = 480;
/** Rows of the melspectrogram that a frame adds, and bands in each. */
const ROWS = 8;
const BANDS = 32;
/** Length of an embedding. */
export const EMBEDDING = 96;

/** A graph: `audio` [1, OVERLAP + WAKE_FRAME], `state` [stateSize] → `embedding` [1, EMBEDDING], `state_out` [stateSize]. */
export interface StreamingGraph {
  readonly model: Uint8Array;
  readonly stateSize: number;
}

/**
 * Joins openWakeWord's melspectrogram and embedding models to one that computes only what a frame adds.
 *
 * The embedding model looks at 76 rows of the melspectrogram and is asked again after every 8: nine tenths of its
 * work is a repetition. It pads only along frequency, its strides in time multiply to 8, and 76 = 4 + 9 × 8 puts its
 * poolings on the same pairs of rows each time. So every convolution that is 3 rows tall needs, besides its new
 * rows, just the last two rows that it was given the frame before, and the result is the same number for number.
 *
 * Throws an `Error` that says what is unexpected where the models are not those of openWakeWord 0.5 and 0.6.
 */
export const streamingGraph = (melspectrogram: Uint8Array, embedding: Uint8Array): StreamingGraph => {
  const mel = prefixed(readGraph(melspectrogram), 'mel/');
  const embed = prefixed(readGraph(embedding), 'embed/');
  const melInput = mel.input?.[0]?.name;
  const melOutput = mel.output?.[0]?.name;
  if (!melInput || !melOutput) throw new Error('the melspectrogram model has no input or no output');

  // x / 10 + 2 brings the model's decibels to what the embedding was trained on (openWakeWord, `utils.py`).
  const scaling = [
    node('Div', [melOutput, 'ten'], ['decibels']),
    node('Add', ['decibels', 'two'], ['level']),
    node('Reshape', ['level', 'rows_shape'], ['rows']),
  ];
  const streamed = streamedEmbedding(embed, 'rows');
  const memory = rememberedRows(streamed.remembered);

  const graph: Graph = {
    name: 'openwakeword_streaming',
    node: [
      node('Identity', ['audio'], [melInput]),
      ...(mel.node ?? []),
      ...scaling,
      ...memory.before,
      ...streamed.nodes,
      node('Reshape', [streamed.output, 'embedding_shape'], ['embedding']),
      ...memory.after,
    ],
    initializer: [
      ...(mel.initializer ?? []),
      ...streamed.weights,
      ...streamed.constants,
      ...memory.constants,
      constant('ten', Float32Array.of(10), []),
      constant('two', Float32Array.of(2), []),
      integers('rows_shape', [1, 1, ROWS, BANDS]),
      integers('embedding_shape', [1, EMBEDDING]),
    ],
    input: [floats('audio', [1, OVERLAP + WAKE_FRAME]), floats('state', [memory.size])],
    output: [floats('embedding', [1, EMBEDDING]), floats('state_out', [memory.size])],
  };
  return { model: writeGraph(graph), stateSize: memory.size };
};

/** Rows of one convolution's input that the next frame needs again. */
interface Remembered {
  /** Name of the rows as they come from the frame before, and as they go to the next. */
  readonly name: string;
  readonly shape: readonly number[];
}

interface StreamedEmbedding {
  readonly nodes: readonly Node[];
  readonly weights: readonly Initializer[];
  readonly constants: readonly Initializer[];
  readonly remembered: readonly Remembered[];
  readonly output: string;
}

/** The embedding's nodes, fed with `ROWS` new rows [1, 1, ROWS, BANDS] instead of a whole window. */
const streamedEmbedding = (graph: Graph, rows: string): StreamedEmbedding => {
  const [first, ...body] = graph.node ?? [];
  const last = body.pop();
  if (first?.opType !== 'Reshape' || last?.opType !== 'Reshape') throw new Error('the embedding model has other ends');
  const shapes = new Map(graph.initializer?.map((tensor) => [tensor.name, tensor.dims?.map(Number) ?? []]));
  const nodes: Node[] = [];
  const remembered: Remembered[] = [];
  const size = { channels: 1, rows: ROWS, bands: BANDS };
  const current = (name: string): string => (name === first.output?.[0] ? rows : name);

  for (const layer of body) {
    const input = (layer.input ?? []).map(current);
    if (layer.opType === 'Conv') {
      const shape = shapes.get(input[1]!);
      const [height = 0, width = 0] = numbersOf(layer, 'kernel_shape');
      const [top, left = 0, bottom, right = 0] = numbersOf(layer, 'pads');
      if (!shape || top || bottom || (height !== 1 && height !== 3)) throw new Error(`unexpected ${layer.name}`);
      if (height === 3) {
        const name = `rows_${remembered.length}`;
        nodes.push(
          node('Concat', [name, input[0]!], [`${name}_all`], [integer('axis', 2)]),
          node('Slice', [`${name}_all`, 'last_two', 'to_the_end', 'rows_axis'], [`${name}_out`]),
        );
        remembered.push({ name, shape: [1, size.channels, 2, size.bands] });
        input[0] = `${name}_all`;
      }
      size.channels = shape[0]!;
      size.bands += left + right - width + 1;
    } else if (layer.opType === 'MaxPool') {
      const [tall = 1, wide = 1] = numbersOf(layer, 'strides');
      if (size.rows % tall !== 0) throw new Error(`${layer.name} leaves rows over`);
      size.rows /= tall;
      size.bands = Math.floor(size.bands / wide);
    } else if (layer.opType !== 'LeakyRelu' && layer.opType !== 'Max') {
      throw new Error(`unexpected ${layer.opType}`);
    }
    nodes.push({ ...layer, input });
  }
  if (size.rows !== 1 || size.bands !== 1 || size.channels !== EMBEDDING) throw new Error('unexpected embedding');
  const constants = [
    integers('last_two', [-2]),
    integers('to_the_end', [Number.MAX_SAFE_INTEGER]),
    integers('rows_axis', [2]),
  ];
  const used = new Set(nodes.flatMap((layer) => layer.input ?? []));
  const weights = (graph.initializer ?? []).filter((tensor) => used.has(tensor.name ?? ''));
  return { nodes, weights, constants, remembered, output: current(last.input?.[0] ?? '') };
};

/** All remembered rows as one vector: a run with one input of state is cheaper than one with eleven. */
const rememberedRows = (remembered: readonly Remembered[]) => {
  const sizes = remembered.map(({ shape }) => shape.reduce((product, side) => product * side, 1));
  const flat = ({ name }: Remembered): string => `${name}_flat`;
  const flatOut = ({ name }: Remembered): string => `${name}_flat_out`;
  return {
    size: sizes.reduce((sum, size) => sum + size, 0),
    before: [
      node('Split', ['state', 'sizes'], remembered.map(flat), [integer('axis', 0)]),
      ...remembered.map((rows) => node('Reshape', [flat(rows), `${rows.name}_shape`], [rows.name])),
    ],
    after: [
      ...remembered.map((rows) => node('Reshape', [`${rows.name}_out`, 'vector'], [flatOut(rows)])),
      node('Concat', remembered.map(flatOut), ['state_out'], [integer('axis', 0)]),
    ],
    constants: [
      integers('sizes', sizes),
      integers('vector', [-1]),
      ...remembered.map(({ name, shape }) => integers(`${name}_shape`, shape)),
    ],
  };
};
