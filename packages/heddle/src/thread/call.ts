/**
 * What a function's call on another thread takes and gives, as types.
 */
import type { Result, SendArgs, SendsBack } from "./values/send.js";

/** Any function. */
export type AnyFunction = (...args: any[]) => unknown;

/** A function whose result can be sent back; for others the compiler says what is in the way. */
export type Callable<F extends AnyFunction> = F & SendsBack<ReturnType<F>>;

/** The arguments of a call, if they can be sent; for others the compiler says what is in the way. */
export type Call<F extends AnyFunction> = SendArgs<Parameters<F>>;

/** What joining a call gives: what its future or promise gives, else what it returns. */
export type Outcome<F extends AnyFunction> = Result<ReturnType<F>>;
