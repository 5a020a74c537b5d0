import { requestError } from "../errors.ts";
import type { Page } from "./schema.ts";

/** The last row of a page, by what the list is ordered by: an instant, then an id. */
export interface Place {
  at: Date;
  id: string;
}

const SHAPE = /^(\d{1,15})\.([0-9a-f-]{36})$/;

export const formatPlace = ({ at, id }: Place): string => `${at.getTime()}.${id}`;

/** @throws DomainError `VALIDATION` for what is no place of a list of ours */
export function parsePlace(offsetId: string | undefined): Place | null {
  if (offsetId === undefined) return null;
  const [, time, id] = SHAPE.exec(offsetId) ?? [];
  const message = "Not one of ours";
  if (!id) throw requestError("invalidField", { field: "offsetId" }, { message, details: { offsetId: message } });
  return { at: new Date(Number(time)), id };
}

/** @param rows one more than the page has places for, when there are more */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  {
    limit,
    totalCount,
    present,
    place,
  }: { limit: number; totalCount: number; present(row: Row): Item; place(row: Row): Place },
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    items: shown.map(present),
    hasMore: last !== undefined,
    totalCount,
    nextOffsetId: last === undefined ? null : formatPlace(place(last)),
  };
}
