/**
 * Why a test is skipped on a host, as what `skip` wants: the reason there, false elsewhere. docs/hosts.md lists what users can meet.
 */

export const notOnDeno = (why: string): string | false => "Deno" in globalThis && `Deno: ${why}`;

export const notOnBun = (why: string): string | false => "Bun" in globalThis && `Bun: ${why}`;
