import assert from "node:assert/strict";
import { after, test } from "node:test";
import { map } from "../future/gather-one.js";
import { leavesNothing, tellsSockets } from "../io/opening.kit.js";
import { run } from "../runtime/run.js";
import { connect } from "./connect.js";
import { serve } from "./serve.js";
import { upgrade } from "./upgrade.js";

// They are loaded at the first use, which takes sockets of its own.
const server = tellsSockets
  ? await run(serve((request) => upgrade(request, (socket) => socket.closed()), { detached: true }))
  : null;
if (server !== null) (await run(connect(server.url)))[Symbol.dispose]();

test("serve() listens no more, wherever it is dropped before it does", { skip: !tellsSockets }, async () => {
  const open = () => serve(() => new Response(), { host: "127.0.0.1" });
  assert.ok((await leavesNothing(() => map(open(), () => ({})))) > 0);
});

test("connect() leaves no connection, wherever it is dropped", { skip: !tellsSockets }, async () => {
  assert.ok((await leavesNothing(() => connect(server!.url))) > 0);
});

after(() => server?.[Symbol.dispose]());
