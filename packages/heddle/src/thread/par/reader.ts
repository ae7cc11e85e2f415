/**
 * Readers: the items of a plan by number, made when they are asked for.
 */
import { deserialize } from "node:v8";
import { tagged } from "./numbers.js";
import { type Indexed, unknownKind } from "./plan.js";

/** Any function of the program's, as it is called here. */
export type Callee = (...args: any[]) => any;

/** Item `i`. */
export type Reader = (i: number) => any;

export function readerOf<F>(of: Indexed<F>, use: (fn: F) => Callee): Reader {
  switch (of.kind) {
    case "range": {
      const { from, step } = of;
      return (i) => from + i * step;
    }
    case "numbers": {
      const { data } = of;
      if (data instanceof Float64Array || data instanceof Float32Array) return (i) => tagged(data[i]!);
      return (i) => data[i];
    }
    case "list": {
      const { items } = of;
      return (i) => items[i];
    }
    case "pieces":
      return pieceReader(of);
    case "map": {
      const at = readerOf(of.of, use);
      const fn = use(of.fn);
      return (i) => fn(at(i));
    }
    case "enumerate": {
      const at = readerOf(of.of, use);
      return (i) => [i, at(i)];
    }
    case "zip": {
      const at = readerOf(of.of, use);
      const other = readerOf(of.others, use);
      return (i) => [at(i), other(i)];
    }
    case "chunks":
      return chunkReader(of, use);
    default:
      throw unknownKind(of);
  }
}

/** Keeps the last piece: items are mostly read in order. */
function pieceReader({ bytes, ends, size }: Extract<Indexed<any>, { kind: "pieces" }>): Reader {
  let piece = -1;
  let items: unknown[] = [];
  return (i) => {
    const wanted = Math.floor(i / size);
    if (wanted !== piece) {
      items = deserialize(bytes.subarray(wanted === 0 ? 0 : ends[wanted - 1], ends[wanted]));
      piece = wanted;
    }
    return items[i - piece * size];
  };
}

function chunkReader<F>(of: Extract<Indexed<F>, { kind: "chunks" }>, use: (fn: F) => Callee): Reader {
  const at = readerOf(of.of, use);
  const { length } = of.of;
  const { size } = of;
  return (i) => {
    const chunk = [];
    for (let k = i * size; k < Math.min(length, (i + 1) * size); k++) chunk.push(at(k));
    return chunk;
  };
}
