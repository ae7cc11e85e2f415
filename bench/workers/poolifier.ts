/** The tiny task, as poolifier wants it. */
import { ThreadWorker } from "poolifier";

// oxlint-disable-next-line import/no-default-export -- how poolifier finds it
export default new ThreadWorker<number, number>((n) => n! + 1);
