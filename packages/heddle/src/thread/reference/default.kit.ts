/**
 * A module with a default export that is the value of an expression, which no variable holds: the tests of this folder refer to it.
 */
// oxlint-disable-next-line import/no-default-export
export default (
  (k: number) => (n: number) =>
    n / k
)(2);

/** Any of these could be the default export, as far as it can be told before the module is asked. */
export const perhaps = {
  inline: (
    (divisor: number) => (n: number) =>
      n / divisor + 0
  )(2),
};
