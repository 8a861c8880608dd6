import type { onnx } from 'onnx-proto';
// A CommonJS module: its names cannot be imported one by one.
import onnxProto from 'onnx-proto';

const { AttributeProto, ModelProto, TensorProto } = onnxProto.onnx;

/** Small words for reading and writing ONNX graphs. */

export type Graph = onnx.IGraphProto;
export type Node = onnx.INodeProto;
export type Initializer = onnx.ITensorProto;

/** `data` as a constant of the graph. */
export const constant = (name: string, data: Float32Array | BigInt64Array, dims: readonly number[]): Initializer => ({
  name,
  dims: [...dims],
  dataType: data instanceof Float32Array ? TensorProto.DataType.FLOAT : TensorProto.DataType.INT64,
  rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
});

/** Whole numbers, such as a shape, as a constant vector. */
export const integers = (name: string, values: readonly number[]): Initializer =>
  constant(name, BigInt64Array.from(values, BigInt), [values.length]);

/** The description of an input or output of 32-bit floats. */
export const floats = (name: string, dims: readonly number[]): onnx.IValueInfoProto => ({
  name,
  type: {
    tensorType: {
      elemType: TensorProto.DataType.FLOAT,
      shape: { dim: dims.map((dimValue) => ({ dimValue })) },
    },
  },
});

export const node = (
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attribute: readonly onnx.IAttributeProto[] = [],
): Node => ({ opType, input: [...input], output: [...output], attribute: [...attribute] });

/** An attribute that is a whole number. */
export const integer = (name: string, i: number): onnx.IAttributeProto => ({
  name,
  i,
  type: AttributeProto.AttributeType.INT,
});

/** The numbers of an attribute such as `kernel_shape`, or nothing where the node has none of that name. */
export const numbersOf = (of: Node, name: string): number[] =>
  of.attribute?.find((attribute) => attribute.name === name)?.ints?.map(Number) ?? [];

/** The graph with `prefix` before every name, so that it can be put beside another. For graphs without subgraphs. */
export const prefixed = (graph: Graph, prefix: string): Graph => {
  const rename = (name: string): string => (name === '' ? '' : prefix + name); // '' is an input left out.
  const named = <T extends { name?: string | null }>(item: T): T => ({ ...item, name: rename(item.name ?? '') });
  return {
    ...graph,
    node: (graph.node ?? []).map((item) => ({
      ...named(item),
      input: (item.input ?? []).map(rename),
      output: (item.output ?? []).map(rename),
    })),
    initializer: (graph.initializer ?? []).map(named),
    input: (graph.input ?? []).map(named),
    output: (graph.output ?? []).map(named),
  };
};

/** Graphs here are of operator set 13: `Split` and `Slice` take their sizes as inputs. */
const OPERATORS = 13;

/** The graph in the file `bytes`. Throws an `Error` where there is none, or one of another operator set. */
export const readGraph = (bytes: Uint8Array): Graph => {
  const model = ModelProto.decode(bytes);
  const opset = model.opsetImport.find((entry) => !entry.domain)?.version;
  if (!model.graph || Number(opset) !== OPERATORS) throw new Error(`operator set ${OPERATORS} expected, not ${opset}`);
  return model.graph;
};

/** `graph` as the bytes of a model file. */
export const writeGraph = (graph: Graph): Uint8Array =>
  ModelProto.encode({ irVersion: 7, opsetImport: [{ domain: '', version: OPERATORS }], graph }).finish();
