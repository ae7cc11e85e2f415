import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createSecretKey } from "node:crypto";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";
import fc from "fast-check";
import { async, type Future, ready, run } from "../../index.js";
import { ClosedError } from "../../base/errors.js";
import { isFuture } from "../../future/definition.js";
import { Barrier, Mutex, Notify, OnceCell, RwLock, SetOnce } from "../../sync.js";
import { CHECK, receives, SEND, type Sent } from "../sendable.js";
import { pack } from "./pack.js";
import { transfer } from "./transfer.js";
import { unpack } from "./unpack.js";

/** A value as it comes out on the other side of a port. */
function sent<T>(value: T): T {
  const { data, extras, transfer: moved } = pack(value, "it");
  const { port1, port2 } = new MessageChannel();
  port1.postMessage({ data, extras }, moved as any[]);
  const { message } = receiveMessageOnPort(port2)!;
  port1.close();
  return unpack(message.data, message.extras) as T;
}

function refuses(value: unknown, message: string): void {
  assert.throws(() => pack(value, 'argument 1 of "resize"'), {
    name: "TypeError",
    message: new RegExp(
      `^Cannot send argument 1 of "resize" to a thread: ${message.replace(/[.[\]()$]/g, "\\$&")}\nhelp: `,
    ),
  });
}

class Point {
  readonly x: number;

  constructor(x: number) {
    this.x = x;
  }
}

/** A handle, which counts how often it is asked. */
class Handle {
  asked = 0;
  readonly #id: number;
  readonly #isOver: boolean;

  constructor(id: number, isOver = false) {
    this.#id = id;
    this.#isOver = isOver;
  }

  get id(): number {
    return this.#id;
  }

  [CHECK](): void {
    if (this.#isOver) throw new ClosedError("test.over", `Cannot send handle ${this.#id}: it is over`);
  }

  [SEND](): Sent {
    this.asked++;
    return { kind: "test.handle", data: this.#id };
  }
}
receives("test.handle", (id: number) => new Handle(id));

describe("pack()", () => {
  test("hands plain data on as it is, uncopied and with nothing beside it", () => {
    for (const value of [5, "text", null, undefined, 5n, true, {}, [], { a: [{ b: 1 }, [null, "x"]] }]) {
      const parcel = pack(value, "it");
      assert.equal(parcel.data, value);
      assert.equal(parcel.extras, null);
      assert.deepEqual(parcel.transfer, []);
    }
  });

  test("hands whatever structured clone keeps on as it is", () => {
    const circle: Record<string, unknown> = { list: [1] };
    circle["self"] = circle;
    const values = [
      circle,
      new Map<unknown, unknown>([[{ k: 1 }, new Set([1, circle])]]),
      new Date(5),
      /x/giu,
      new Uint16Array([1, 2]),
      new DataView(new ArrayBuffer(3)),
      new ArrayBuffer(2),
      [new Number(5), new String("s"), new Boolean(false), Object(5n)],
      Object.create(null) as object,
      Object.assign(new Array(4), { 1: 1, 3: 2 }),
      Array.from({ length: 2000 }, (_, i) => ({ i, at: { deep: [i] } })),
    ];
    for (const value of values) {
      const parcel = pack(value, "it");
      assert.equal(parcel.data, value);
      assert.equal(parcel.extras, null);
    }
    assert.deepEqual(sent(values), structuredClone(values));
  });

  test("lets arbitrary data through as structured clone does", () => {
    const data = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
    });
    fc.assert(
      fc.property(data, (value) => {
        // HOST: deepEqual finds no invalid date among the keys of a Map or in a Set.
        fc.pre(!inspect(value, { depth: Infinity }).includes("Invalid Date"));
        assert.deepEqual(sent(value), structuredClone(value));
      }),
    );
  });

  test("takes values of another realm for what they are", () => {
    const value = runInNewContext(
      "({ list: [1], map: new Map([[1, 2]]), date: new Date(1), error: new RangeError('far') })",
    );
    const there = sent(value) as { list: unknown; map: unknown; date: Date; error: Error };
    assert.deepEqual([there.list, there.map, there.date.getTime()], [[1], new Map([[1, 2]]), 1]);
    assert.ok(there.error instanceof RangeError);
  });

  test("transfer() refuses data, which is copied whatever it is marked as", () => {
    for (const data of [{ a: 1 }, [1]])
      assert.throws(() => transfer(data), /to be moved: it is data, which is copied\nhelp: mark the buffers in it$/);
  });

  test("says what to send instead of objects of the host", () => {
    const help = (value: unknown): string => {
      try {
        pack(value, "it");
      } catch (error) {
        return (error as Error).message.split("\nhelp: ")[1]!;
      }
      return "it is sent";
    };
    assert.equal(help(new AbortController().signal), "send a CancellationToken: CancellationToken.from(signal)");
    assert.equal(help(new Headers()), "send its entries: [...it]");
    assert.match(help(new Response("")), /its body, which is a stream$/);
    assert.equal(help(new TextEncoder()), "it belongs to this thread: send what is needed of it");
    class Own {}
    assert.match(help(new Own()), /^send its plain fields; or give the class a \[SEND\] method/);
  });

  test("refuses locks, and says what does the same between threads", async () => {
    const accounts = new Mutex({}, { name: "accounts" });
    const refusals: [unknown, string, string][] = [
      [accounts, 'the mutex "accounts"', "SharedMutex of heddle/thread"],
      [accounts.tryLock(), 'a guard of the mutex "accounts"', "SharedMutex of heddle/thread"],
      [new RwLock(1), "the rwlock", "SharedRwLock of heddle/thread"],
      [new Barrier(2), "the barrier", "SharedBarrier of heddle/thread"],
      [new OnceCell(), "the once-cell", "SharedOnce of heddle/thread"],
      [new SetOnce(), "the set-once", "SharedOnce of heddle/thread, or a watch channel"],
      [new Notify(), "the notify", "a watch channel, or Condvar of heddle/thread"],
    ];
    for (const [it, is, help] of refusals)
      assert.throws(() => pack({ it }, "the arguments"), {
        name: "TypeError",
        message: `Cannot send the arguments to a thread: .it is ${is}, which is for the tasks of one thread\nhelp: use ${help} between threads`,
      });
  });

  test("shares shared memory, and moves ports and streams without being asked", () => {
    const memory = new SharedArrayBuffer(8);
    const { port1, port2 } = new MessageChannel();
    const stream = new ReadableStream();
    const value = { memory, view: new Int32Array(memory), port: port1, streams: [stream, stream] };
    const { transfer: moved } = pack(value, "it");
    assert.deepEqual(new Set(moved), new Set<unknown>([port1, stream]));
    assert.equal(moved.length, 2);
    const there = sent({ memory, view: new Int32Array(memory) });
    there.view[0] = 7;
    assert.equal(new Int32Array(memory)[0], 7);
    assert.equal(there.view.buffer, there.memory);
    port2.close();
  });

  test("copies buffers, unless transfer() says to move them", () => {
    const copied = new Uint8Array([1, 2]);
    const moved = new Uint8Array([3, 4]);
    const there = sent({ copied, moved: transfer(moved), also: moved.buffer });
    assert.deepEqual([...there.copied, ...there.moved], [1, 2, 3, 4]);
    assert.deepEqual([copied.byteLength, moved.byteLength], [2, 0]);
    refuses({ list: [moved] }, ".list[0] is memory that was moved away already");
    refuses(moved.buffer, "it is memory that was moved away already");
  });

  test("keeps what the host clones with its class, and Buffers and URLs too", async () => {
    const key = createSecretKey(Buffer.from("secret"));
    const blob = new Blob(["text"]);
    const there = sent({ key, blob, buffer: Buffer.from("bytes"), url: new URL("http://localhost/x") });
    assert.ok(there.key.equals(key));
    assert.equal(await there.blob.text(), "text");
    assert.ok(Buffer.isBuffer(there.buffer));
    assert.equal(there.buffer.toString(), "bytes");
    assert.equal(there.url.href, "http://localhost/x");
    const own = transfer(Buffer.alloc(20_000, 1));
    assert.equal(sent([own])[0]!.length, 20_000);
    assert.equal(own.length, 0);
  });

  test("sends of a Buffer in a pool its own bytes only", () => {
    const small = Buffer.from(new ArrayBuffer(64), 8, 5);
    assert.equal(sent(small).buffer.byteLength, 5);
  });

  test("keeps errors with class, code and cause wherever they stand", () => {
    const error = new ClosedError("channel.closed", "Cannot send: closed", { cause: new RangeError("far") });
    const there = sent(new Map([["e", { error, again: error }]])).get("e")!;
    assert.ok(there.error instanceof ClosedError);
    assert.equal(there.error, there.again);
    assert.equal(there.error.code, "channel.closed");
    assert.ok(there.error.cause instanceof RangeError);
  });
});

describe("pack() refuses, and names where it stands,", () => {
  const cases: [name: string, value: () => unknown, message: string][] = [
    ["a function", () => () => 1, "it is a function"],
    ["a function deep inside", () => ({ options: { onDone() {} } }), ".options.onDone is a function"],
    ["a class", () => [{ of: Point }], '[0].of is the class "Point"'],
    ["a symbol", () => ({ "a b": Symbol("s") }), '["a b"] is a symbol'],
    ["a symbol object", () => Object(Symbol()) as unknown, "it is a symbol"],
    ["an instance", () => ({ at: new Point(1) }), ".at is an instance of Point, which a copy would not be"],
    [
      "an instance of a derived Map",
      () => new (class Table extends Map {})(),
      "it is an instance of Table, which a copy would not be",
    ],
    [
      "an instance of a derived array",
      () => new (class Rows extends Array {})(),
      "it is an instance of Rows, which a copy would not be",
    ],
    [
      "an instance of a derived typed array",
      () => new (class Bytes extends Uint8Array {})(1),
      "it is an instance of Bytes, which a copy would not be",
    ],
    ["a value of a Map", () => new Map([["k", () => 1]]), '.get("k") is a function'],
    ["a key of a Map", () => ({ map: new Map([[() => 1, 1]]) }), ".map.keys()[0] is a function"],
    ["a member of a Set", () => new Set([1, Symbol.iterator]), ".values()[1] is a symbol"],
    ["a promise", () => [Promise.resolve(1)], "[0] is a promise"],
    ["a future", () => ({ f: async(function* () {})() }), ".f is a future or an iterator"],
    ["another future", () => ready(1), "it is a future or an iterator"],
    ["a generator", () => (function* () {})(), "it is a future or an iterator"],
    ["a WeakMap", () => new WeakMap(), "it is a WeakMap"],
    ["a WeakRef", () => new WeakRef({}), "it is a WeakRef"],
    ["a Proxy", () => ({ p: new Proxy({}, {}) }), ".p is a Proxy"],
    [
      "an AbortSignal",
      () => new AbortController().signal,
      "it is an instance of AbortSignal, which a copy would not be",
    ],
    [
      "a property of an array",
      () => Object.assign([{}, Object.create({})], { x: 1 }),
      "[1] is an instance of Object, which a copy would not be",
    ],
  ];
  for (const [name, value, message] of cases) {
    test(name, async () => {
      const it = value();
      refuses(it, message);
      if (typeof it === "object" && it !== null) await runFuture(it);
    });
  }

  test("the nearest of several, in a value with circles", () => {
    const circle: Record<string, unknown> = { far: { far: { far: () => 1 } } };
    circle["again"] = { circle, near: () => 1 };
    refuses(circle, ".again.near is a function");
  });

  test("a stream that somebody reads", () => {
    const stream = new ReadableStream();
    stream.getReader();
    refuses({ stream }, ".stream is a stream that somebody reads or writes");
  });

  test("data nested deeper than any call stack", () => {
    let deep: unknown = () => 1;
    for (let i = 0; i < 50_000; i++) deep = [deep];
    assert.throws(() => pack(deep, "it"), /is a function/);
  });
});

/** Runs a value that is a future, or has one: it would be reported that nobody awaits it. */
async function runFuture(value: object): Promise<void> {
  for (const one of [value, (value as { f?: unknown }).f])
    if (typeof one === "object" && one !== null && isFuture(one)) await run(one as Future<unknown>);
}

describe("pack() of a Sendable", () => {
  test("sends what it says instead, wherever it stands, and one only once", () => {
    const handle = new Handle(7);
    const other = new Handle(8);
    const value = {
      plain: [1],
      deep: { list: [handle, { other }] },
      map: new Map<unknown, unknown>([
        ["a", 1],
        [handle, other],
        ["b", handle],
      ]),
      set: new Set<unknown>([1, handle, { in: new Map([[1, other]]) }]),
      ["__proto__x"]: handle,
    } as Record<string, any>;
    value["self"] = value;
    const there = sent(value);
    assert.deepEqual([handle.asked, other.asked], [1, 1]);
    const [first, { other: second }] = there["deep"].list;
    assert.ok(first instanceof Handle && second instanceof Handle);
    assert.deepEqual([first.id, second.id], [7, 8]);
    assert.deepEqual(
      [...there["map"]],
      [
        ["a", 1],
        [first, second],
        ["b", first],
      ],
    );
    const members = [...there["set"]];
    assert.deepEqual([members.length, members[0], members[1]], [3, 1, first]);
    assert.equal(members[2].in.get(1), second);
    assert.equal(there["__proto__x"], first);
    assert.equal(there["self"], there);
    assert.deepEqual(value["deep"].list[0], handle);
  });

  test("sends it alone too", () => {
    assert.equal(sent(new Handle(3)).id, 3);
    assert.equal((sent({ [SEND]: () => ({ kind: "test.handle", data: 4 }) }) as unknown as Handle).id, 4);
  });

  test("asks none before all was found fit", () => {
    const handle = new Handle(1);
    refuses([handle, { late: () => 1 }], "[1].late is a function");
    assert.throws(() => pack([handle, new Handle(2, true)], "it"), ClosedError);
    assert.equal(handle.asked, 0);
  });
});

describe("transfer()", () => {
  test("refuses what cannot be moved", () => {
    assert.throws(() => transfer(new Uint8Array(new SharedArrayBuffer(1))), /its memory is shared/);
    assert.throws(() => transfer(Buffer.from(new ArrayBuffer(64), 8, 5)), /its memory belongs to other Buffers too/);
    assert.throws(() => transfer(5 as never), /it is no object/);
  });
});
