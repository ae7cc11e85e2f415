/**
 * What a request sends: what the platform takes as a body, and the sources of bytes that it does not take.
 */
import { async } from "../future/async.js";
import { abortable, type AbortSwitch } from "../future/gather-one.js";
import type { Future } from "../future/poll.js";
import type { AsyncRead } from "../io/async-read.js";
import { fromAsyncIterable } from "../io/iterables.js";
import { toReadableStream } from "../io/web-reader.js";

// Not `BodyInit`, which Node's types do not have as a global name.
type PlatformBody = NonNullable<RequestInit["body"]>;

/** What the platform takes; or a source of bytes, or an async iterable of bytes and text. */
export type RequestBody = PlatformBody | AsyncRead | AsyncIterable<Uint8Array | string> | null;

/** A body as the platform takes it, and how to end it early. */
export interface Outgoing {
  readonly init: RequestInit;
  readonly end: () => void;
  /** What its source failed with. */
  readonly failure: () => { readonly error: unknown } | null;
}

export function outgoing(body: RequestBody | undefined): Outgoing {
  if (body === undefined) return platforms({});
  // A Web stream is an async iterable too, in some hosts.
  if (body === null || typeof body !== "object" || "getReader" in body) return platforms(stream(body as any));
  if (Symbol.asyncIterator in body) return sent(fromAsyncIterable(body));
  return "read" in body ? sent(body) : platforms({ body });
}

/** One that the platform takes and ends by itself. */
const platforms = (init: RequestInit): Outgoing => ({ init, end() {}, failure: () => null });

// HOST: the platform insists on being told that it cannot read the answer before it has sent all of a stream.
const stream = (body: PlatformBody | null): RequestInit => ({ body, duplex: "half" }) as RequestInit;

function sent(source: AsyncRead): Outgoing {
  const body = new Ended(source);
  return { init: stream(toReadableStream(body)), end: () => body.end(), failure: () => body.failure };
}

// HOST: Node's fetch that is aborted does not cancel the stream it was reading (18 to 24): it waits for the next piece, which may never come.
class Ended implements AsyncRead {
  readonly #source: AsyncRead;
  #reading: AbortSwitch | null = null;
  failure: { readonly error: unknown } | null = null;

  constructor(source: AsyncRead) {
    this.#source = source;
  }

  read(into: Uint8Array): Future<number> {
    const { future, handle } = abortable(this.#source.read(into));
    this.#reading = handle;
    return Ended.#kept.call(this, future);
  }

  static readonly #kept = async(function* read(this: Ended, future: Future<number>) {
    try {
      return yield* future;
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  });

  end(): void {
    this.#reading?.abort();
    (this.#source as Partial<Disposable>)[Symbol.dispose]?.();
  }
}
