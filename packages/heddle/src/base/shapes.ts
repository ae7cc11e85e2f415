/**
 * Keeps one instance of each hot class alive.
 *
 * HOST: V8 forgets the shape of a class at a full collection in which no instance of it is alive, and throws away the code that
 * was optimized for it. Without these, the first polls after an idle pause would cost four times as much.
 */
const instances: object[] = [];

/** Keeps `instance` for good. Give it one of its own, that holds nothing of the program's. */
export function keepShape(instance: object): void {
  instances.push(instance);
}
