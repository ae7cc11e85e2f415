/** The tiny task, as workerpool wants it. */
import workerpool from "workerpool";

workerpool.worker({ increment: (n: number): number => n + 1 });
