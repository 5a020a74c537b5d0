/** Name of an account's lease: calls and messages go over the node that holds it. */
export const accountLease = (accountId: string): string => `telegram-account:${accountId}`;
const LEASE = /^telegram-account:(.+)$/;

export const accountOfLease = (name: string): string => LEASE.exec(name)?.[1] ?? "";
