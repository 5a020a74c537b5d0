/** A place in a log: everything up to `offset` of `epoch` has been seen. On the wire `epoch:offset`. */
export interface Position {
  epoch: string;
  offset: number;
}

export const formatPosition = ({ epoch, offset }: Position): string => `${epoch}:${offset}`;

/** @returns null for anything that is not a position; the reader is then not recovered */
export function parsePosition(id: string): Position | null {
  const match = /^([A-Za-z0-9_-]{1,64}):(0|[1-9]\d{0,15})$/.exec(id);
  if (!match?.[1] || match[2] === undefined) return null;
  const offset = Number(match[2]);
  return Number.isSafeInteger(offset) ? { epoch: match[1], offset } : null;
}
