/**
 * Moonshine's decoder comes as one graph whose only node is an `If`: the first step, and the steps that follow with
 * a cache. As two graphs without it, with the output head in int8 and the choice of the token inside, a step takes
 * 2.0 ms instead of 5.1 (3 s of speech, one core), and 32,768 numbers a token need not leave the runtime.
 */
import onnxProto from 'onnx-proto';
import { Fault } from '../faults.js';

const { onnx } = onnxProto;
type Graph = InstanceType<typeof onnx.GraphProto>;
type Node = InstanceType<typeof onnx.NodeProto>;
type Attribute = ConstructorParameters<typeof onnx.AttributeProto>[0] & { name: string };

/** To be raised with every change of what `splitDecoder` makes, so that older results are not used. */
export const GRAPH_VERSION = 1;

export interface SplitDecoder {
  /** `input_ids`, `encoder_hidden_states` → `logits`, `present.*`. */
  readonly first: Uint8Array;
  /** `input_ids`, `past_key_values.*` → `token`, `log_probability`, `present.*.decoder.*`. */
  readonly next: Uint8Array;
}

/** @throws `Fault('model')` where this is not the decoder of Moonshine tiny as published for moonshine-js. */
export const splitDecoder = (merged: Uint8Array): SplitDecoder => {
  try {
    return {
      first: branch(merged, 'else_branch', (name) => name === 'logits' || name.startsWith('present.')),
      next: branch(merged, 'then_branch', (name) => name.includes('.decoder.') || CHOICE.includes(name)),
    };
  } catch (error) {
    throw new Fault('model', 'The decoder of Moonshine is damaged or of another version', {
      hint: 'Run "evil-assistant models verify", which fetches what is damaged again.',
      cause: error,
    });
  }
};

const CHOICE = ['token', 'log_probability'];

/** Types of tensor elements and attributes in ONNX's protobuf. */
const FLOAT = 1;
const INT64 = 7;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_INTS = 7;

const branch = (merged: Uint8Array, which: string, wanted: (output: string) => boolean): Uint8Array => {
  // Decoded for each branch: what follows changes the graph in place.
  const model = onnx.ModelProto.decode(merged);
  const outer = model.graph as Graph;
  const inner = outer.node[0]?.attribute?.find(({ name }) => name === which)?.g as Graph | undefined;
  if (inner === undefined) throw new Error(`There is no ${which}`);
  const nodes = withQuantisedHead(inner.node as Node[]);
  const outputs = [
    ...inner.output,
    onnx.ValueInfoProto.create({ name: 'token', type: { tensorType: { elemType: INT64 } } }),
    onnx.ValueInfoProto.create({ name: 'log_probability', type: { tensorType: { elemType: FLOAT } } }),
  ].filter(({ name }) => wanted(name as string));
  const kept = needed(nodes, new Set(outputs.map(({ name }) => name as string)));
  const used = new Set(kept.flatMap((node) => node.input));
  const inputs = outer.input.filter(({ name }) => used.has(name as string));
  for (const input of inputs) {
    for (const dimension of input.type?.tensorType?.shape?.dim ?? []) {
      // One sentence, one token at a time: with fixed shapes the runtime folds more away.
      if (dimension.dimParam !== 'batch_size' && dimension.dimParam !== 'decoder_sequence_length') continue;
      delete dimension.dimParam;
      dimension.dimValue = 1;
    }
  }
  const initializer = [...outer.initializer, ...inner.initializer].filter(({ name }) => used.has(name as string));
  model.graph = onnx.GraphProto.create({ name: which, node: kept, input: inputs, output: outputs, initializer });
  return onnx.ModelProto.encode(model).finish();
};

/**
 * The head multiplies with an int8 matrix that is unpacked to floats first. Quantising the 288 inputs instead lets it
 * stay int8: y = (x_q − x_zero)(w_q − w_zero) · x_scale · w_scale.
 */
const withQuantisedHead = (nodes: readonly Node[]): Node[] => {
  const head = nodes.find((node) => node.output[0] === 'logits' && node.opType === 'MatMul');
  const weights = nodes.find((node) => node.opType === 'DequantizeLinear' && node.output[0] === head?.input[1]);
  const hidden = head?.input[0];
  const [quantised, scale, zero] = weights?.input ?? [];
  if (!hidden || !quantised || !scale || !zero) throw new Error('The output head is another than expected');
  const last: Attribute[] = [
    { name: 'axes', type: ATTRIBUTE_INTS, ints: [-1] },
    { name: 'keepdims', type: ATTRIBUTE_INT, i: 0 },
  ];
  return [
    ...nodes.filter((node) => node !== head),
    operation('DynamicQuantizeLinear', [hidden], ['head_x', 'head_x_scale', 'head_x_zero']),
    operation('MatMulInteger', ['head_x', quantised, 'head_x_zero', zero], ['head_sum']),
    operation('Cast', ['head_sum'], ['head_float'], [{ name: 'to', type: ATTRIBUTE_INT, i: FLOAT }]),
    operation('Mul', ['head_x_scale', scale], ['head_scale']),
    operation('Mul', ['head_float', 'head_scale'], ['logits']),
    operation(
      'ArgMax',
      ['logits'],
      ['token'],
      [
        { name: 'axis', type: ATTRIBUTE_INT, i: -1 },
        { name: 'keepdims', type: ATTRIBUTE_INT, i: 0 },
      ],
    ),
    operation('ReduceMax', ['logits'], ['head_best'], last),
    operation('ReduceLogSumExp', ['logits'], ['head_all'], last),
    operation('Sub', ['head_best', 'head_all'], ['log_probability']),
  ];
};

const operation = (opType: string, input: string[], output: string[], attribute: Attribute[] = []): Node =>
  onnx.NodeProto.create({
    opType,
    input,
    output,
    name: `split_${output[0]}`,
    attribute: attribute.map((one) => onnx.AttributeProto.create(one)),
  });

/** The nodes on which the outputs depend, in their order. */
const needed = (nodes: readonly Node[], outputs: ReadonlySet<string>): Node[] => {
  const wanted = new Set(outputs);
  const kept: Node[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.output.some((name) => wanted.has(name))) continue;
    kept.push(node);
    for (const name of node.input) wanted.add(name);
  }
  return kept.reverse();
};
