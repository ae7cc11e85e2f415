/**
 * B3: learn a song, then sing it, while dancing. Singing has to wait for learning; dancing for nothing.
 */
import { async, join, sleep, spawn } from "heddle";
import { example } from "./stage/example.js";
import { print, printed, scaled, stopwatch, text, times } from "./stage/stage.js";

const beat = () => scaled(1000);

const learnSong = async(function* () {
  print("learn");
  yield* sleep(beat());
  return "Ode to Joy";
});

const singSong = async(function* (song: string) {
  print(`sing ${song}`);
  yield* sleep(beat());
  print("sung");
});

const dance = async(function* () {
  print("dance");
  yield* sleep(1.5 * beat());
  print("danced");
});

// While this waits to learn the song, the future that it is joined with runs.
const learnAndSing = async(function* () {
  const song = yield* learnSong();
  yield* singSong(song);
});

// A task beside the others. It gets the thread whenever all of them wait.
const audience = async(function* () {
  yield* sleep(0.25 * beat());
  print("(applause)");
});

export const learnSingDance = example(import.meta, {
  id: "B3",
  program: "Learn a song, then sing it, while dancing",
  expected: "one by one: the sum; joined: dancing overlaps, singing still follows learning",
  play: async(function* () {
    let elapsed = stopwatch();
    yield* learnAndSing();
    yield* dance();
    const oneByOne = elapsed();
    const first = printed().length;

    print("— and now together —");
    elapsed = stopwatch();
    const clapping = spawn(audience(), { name: "audience" });
    yield* join(learnAndSing(), dance());
    const together = elapsed();
    yield* clapping;

    return {
      measured: `${text(oneByOne)} → ${text(together)}, ${times(together, beat())} of a beat instead of ${times(oneByOne, beat())}`,
      checks: {
        "one by one takes the sum": oneByOne >= 3.5 * beat() - 3,
        "together takes as long as learning and singing": together >= 2 * beat() - 2 && together < 0.9 * oneByOne,
        "one by one, nothing overlaps": printed().slice(0, first).join() === "learn,sing Ode to Joy,sung,dance,danced",
        "together, dancing overlaps, and the audience gets the thread when both wait":
          printed()
            .slice(first + 1)
            .join() === "learn,dance,(applause),sing Ode to Joy,danced,sung",
      },
      figures: { beat: beat(), oneByOne, together },
    };
  }),
});
