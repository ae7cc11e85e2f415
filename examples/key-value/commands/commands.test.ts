/**
 * Every command as a ledger: what is asked, and what is answered, as it goes over the wire. Time is virtual.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { async, Runtime, sleep, spawn } from "heddle";
import { Db } from "../db.js";
import { ServerCodec } from "../resp/codecs.js";
import { encodeAll } from "../resp/resp.kit.js";
import { Session } from "../session.js";
import { answer } from "./answer.js";

/** A request and its reply; or a number: so many milliseconds go by. */
type Script = (readonly [request: string, reply: string] | number)[];

const play = async(function* (script: Script, db: Db) {
  const session = new Session(1, db, new ServerCodec());
  for (const step of script) {
    if (typeof step === "number") yield* sleep(step);
    else {
      const reply = encodeAll(session.codec, [answer(session, step[0].split(" "))]);
      assert.equal(reply.trimEnd().replaceAll("\r\n", " "), step[1], step[0]);
    }
  }
  session.subscriptions.clear();
});

function check(name: string, script: Script): void {
  test(name, async () => {
    const db = new Db();
    const main = async(function* () {
      const forgetting = spawn(db.forgetting());
      yield* play(script, db);
      forgetting.abort();
      yield* forgetting.settled();
    });
    await new Runtime({ startPaused: true }).run(main());
    assert.equal(db.channels.size, 0);
  });
}

const NOT_AN_INTEGER = "-ERR value is not an integer or out of range";
const SYNTAX = "-ERR syntax error";

check("GET and SET give what was set last, whatever the case of the command", [
  ["GET a", "$-1"],
  ["SET a 1", "+OK"],
  ["get a", "$1 1"],
  ["Set a 22", "+OK"],
  ["GET a", "$2 22"],
]);

check("SET obeys NX, XX, GET and KEEPTTL", [
  ["SET a 1 XX", "$-1"],
  ["SET a 1 NX", "+OK"],
  ["SET a 2 NX", "$-1"],
  ["GET a", "$1 1"],
  ["SET a 3 xx PX 500", "+OK"],
  ["SET a 4 GET KEEPTTL", "$1 3"],
  ["PTTL a", ":500"],
  ["SET a 5 NX GET", "$1 4"],
  ["SET a 6", "+OK"], // and so it is to stay
  ["TTL a", ":-1"],
  ["SET a 1 NX XX", SYNTAX],
  ["SET a 1 EX 1 PX 1", SYNTAX],
  ["SET a 1 EX 1 KEEPTTL", SYNTAX],
  ["SET a 1 EX", SYNTAX],
  ["SET a 1 EX soon", NOT_AN_INTEGER],
  ["SET a 1 EX 0", "-ERR invalid expire time in 'set' command"],
  ["GET a", "$1 6"],
]);

check("SET with EX or PX, EXPIRE and PEXPIRE let a key go on time, not before", [
  ["SET a 1 EX 2", "+OK"],
  ["SET b 1 PX 1500", "+OK"],
  ["SET c 1", "+OK"],
  ["EXPIRE c 3", ":1"],
  ["EXPIRE nobody 3", ":0"],
  1499,
  ["PTTL b", ":1"],
  ["TTL a", ":1"],
  ["EXISTS a b c", ":3"],
  1,
  ["GET b", "$-1"],
  ["TTL b", ":-2"],
  ["PEXPIRE a 1000", ":1"], // later than it was to be
  999,
  ["EXISTS a b c", ":2"],
  1,
  ["EXISTS a b c", ":1"],
  500,
  ["EXISTS c", ":0"],
  ["INFO", "$81 # Server redis_version:7.0.0 # Persistence loading:0 # Keyspace db0:keys=0"],
]);

check("EXPIRE with no time left deletes", [
  ["SET a 1", "+OK"],
  ["EXPIRE a 0", ":1"],
  ["EXISTS a", ":0"],
  ["EXPIRE a x", NOT_AN_INTEGER],
]);

check("DEL and EXISTS count keys, EXISTS as often as it is asked", [
  ["SET a 1", "+OK"],
  ["SET b 1 PX 5", "+OK"],
  ["EXISTS a a b c", ":3"],
  ["DEL a b c", ":2"],
  ["EXISTS a b", ":0"],
  ["SET b 2", "+OK"], // another b: what the first was to go at is forgotten
  10,
  ["GET b", "$1 2"],
]);

check("INCR and DECR count in 64 bits, and keep the time that is left", [
  ["INCR n", ":1"],
  ["PEXPIRE n 50", ":1"],
  ["DECR n", ":0"],
  ["DECR n", ":-1"],
  ["PTTL n", ":50"],
  ["SET n 9223372036854775806", "+OK"],
  ["INCR n", ":9223372036854775807"],
  ["INCR n", "-ERR increment or decrement would overflow"],
  ["GET n", "$19 9223372036854775807"],
  ["SET n 9223372036854775808", "+OK"],
  ["INCR n", NOT_AN_INTEGER],
  ["SET n 01", "+OK"],
  ["INCR n", NOT_AN_INTEGER],
]);

check("SUBSCRIBE and UNSUBSCRIBE say how many channels are left, and PUBLISH whom it reached", [
  ["PUBLISH c hello", ":0"],
  ["SUBSCRIBE c d c", "*3 $9 subscribe $1 c :1 *3 $9 subscribe $1 d :2 *3 $9 subscribe $1 c :2"],
  ["GET a", "-ERR Can't execute 'get': only SUBSCRIBE / UNSUBSCRIBE / PING / QUIT are allowed in this context"],
  ["PING", "*2 $4 pong $0"],
  ["UNSUBSCRIBE c x", "*3 $11 unsubscribe $1 c :1 *3 $11 unsubscribe $1 x :1"],
  ["UNSUBSCRIBE", "*3 $11 unsubscribe $1 d :0"],
  ["UNSUBSCRIBE", "*3 $11 unsubscribe $-1 :0"],
  ["PUBLISH d hello", ":0"],
]);

check("HELLO changes the protocol, in which a subscriber may go on asking", [
  [
    "HELLO",
    "*14 $6 server $5 redis $7 version $5 7.0.0 $5 proto :2 $2 id :1 $4 mode $10 standalone $4 role $6 master $7 modules *0",
  ],
  ["HELLO 4", "-NOPROTO unsupported protocol version"],
  [
    "HELLO 3 SETNAME me",
    "%7 $6 server $5 redis $7 version $5 7.0.0 $5 proto :3 $2 id :1 $4 mode $10 standalone $4 role $6 master $7 modules *0",
  ],
  ["CLIENT GETNAME", "$2 me"],
  ["GET a", "_"],
  ["SUBSCRIBE c", ">3 $9 subscribe $1 c :1"],
  ["PUBLISH c hello", ":1"],
  ["HELLO 3 SETNAME", SYNTAX],
  ["HELLO 3 AUTH me secret", "-ERR AUTH called without any password configured for the default user"],
]);

check("PING and what clients ask first are answered", [
  ["PING", "+PONG"],
  ["PING hello", "$5 hello"],
  ["CLIENT ID", ":1"],
  ["CLIENT GETNAME", "$-1"],
  ["CLIENT SETNAME me", "+OK"],
  ["CLIENT SETINFO LIB-NAME x", "+OK"],
  ["CLIENT KILL 1", "-ERR unknown subcommand 'KILL'. Try CLIENT ID, GETNAME, SETNAME or SETINFO."],
  ["COMMAND DOCS", "*0"],
  ["CONFIG GET save", "*2 $4 save $0"],
  ["CONFIG SET save x", "-ERR only CONFIG GET is supported"],
  ["SELECT 0", "+OK"],
  ["SELECT 1", "-ERR DB index is out of range"],
]);

check("Mistakes are answered with what is wrong", [
  ["FLY me to", "-ERR unknown command 'FLY', with args beginning with: 'me' 'to'"],
  ["GET", "-ERR wrong number of arguments for 'get' command"],
  ["get a b", "-ERR wrong number of arguments for 'get' command"],
]);
