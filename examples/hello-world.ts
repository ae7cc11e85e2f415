/**
 * The smallest program: hello, a second of sleep, world. `main` runs it, and ends the process with the right exit code.
 */
import { async, main, sleep } from "heddle";

const [milliseconds = "1000"] = process.argv.slice(2);

const hello = async(function* () {
  console.log("hello");
  yield* sleep(Number(milliseconds));
  console.log("world");
});

main(hello());
