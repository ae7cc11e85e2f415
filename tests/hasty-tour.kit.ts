/**
 * The tour as a program of its own, in which what should block the thread does not: its mistakes are not made.
 */
Atomics.wait = () => "timed-out";
await import("heddle-examples/tour.js");
