import type { Board, Deal } from "@pult/api/crm/schema.ts";
import { fromCents, toCents } from "../money.ts";

/** Sums by currency, as decimal strings. */
type Amounts = Readonly<Record<string, string>>;

/** Where a card stands: before another one, or at the end. */
export type Place = { stageId: string; beforeId: string | null };

function addAmount(amounts: Amounts, { amount, currency }: Deal, sign: 1n | -1n): Record<string, string> {
  if (!amount) return { ...amounts };
  const cents = toCents(amounts[currency] ?? "0") + sign * toCents(amount);
  return { ...amounts, [currency]: fromCents(cents < 0n ? 0n : cents) };
}

/** The board without a deal. */
export function takeDeal(board: Board, id: string): Board {
  const columns = board.columns.map((column) => {
    const deal = column.items.find((known) => known.id === id);
    if (!deal) return column;
    return {
      ...column,
      totalCount: column.totalCount - 1,
      amounts: addAmount(column.amounts, deal, -1n),
      items: column.items.filter((known) => known !== deal),
    };
  });
  return { ...board, columns };
}

/** Of a column that is not whole, what stands behind its loaded part is only counted. */
function insert(board: Board, deal: Deal, indexIn: (deals: readonly Deal[]) => number | null): Board {
  const columns = board.columns.map((column) => {
    if (column.stageId !== deal.stageId) return column;
    const index = indexIn(column.items) ?? (column.hasMore ? null : column.items.length);
    return {
      ...column,
      totalCount: column.totalCount + 1,
      amounts: addAmount(column.amounts, deal, 1n),
      items: index === null ? column.items : column.items.toSpliced(index, 0, deal),
    };
  });
  return { ...board, columns };
}

export const findDeal = (board: Board, id: string): Deal | undefined =>
  board.columns.flatMap(({ items }) => items).find((deal) => deal.id === id);

const byPosition = (a: Deal, b: Deal): number => a.position - b.position || (a.id < b.id ? -1 : 1);

/** A deal as the server has it, where it belongs. One that is older than what is shown changes nothing. */
export function placeDeal(board: Board, deal: Deal): Board {
  const known = findDeal(board, deal.id);
  if (known && known.version > deal.version) return board;
  return insert(takeDeal(board, deal.id), deal, (deals) => {
    const index = deals.findIndex((other) => byPosition(deal, other) < 0);
    return index < 0 ? null : index;
  });
}

/** A deal as it will be once the server has moved it: between its new neighbours. */
export function moveDeal(board: Board, id: string, { stageId, beforeId }: Place): Board {
  const deal = findDeal(board, id);
  if (!deal || beforeId === id) return board;
  const without = takeDeal(board, id);
  const deals = without.columns.find((column) => column.stageId === stageId)?.items ?? [];
  const found = deals.findIndex((other) => other.id === beforeId);
  const index = found < 0 ? deals.length : found;
  const before = deals[index - 1]?.position;
  const after = deals[index]?.position;
  const position = before === undefined ? (after ?? 1) - 1 : after === undefined ? before + 1 : (before + after) / 2;
  return insert(without, { ...deal, stageId, position }, () => index);
}

/** Where a deal stands now. */
export function placeOf(board: Board, id: string): (Place & { index: number; of: number }) | null {
  for (const { stageId, items } of board.columns) {
    const index = items.findIndex((deal) => deal.id === id);
    if (index >= 0) return { stageId, beforeId: items[index + 1]?.id ?? null, index, of: items.length };
  }
  return null;
}

export const stageOf = ({ pipeline }: Board, stageId: string) => pipeline.stages.find(({ id }) => id === stageId);

export type Step = "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight";

/** Where an arrow takes a card from where it is; null at the edge. */
export function stepFrom(board: Board, id: string, step: Step): Place | null {
  const at = board.columns.findIndex(({ items }) => items.some((deal) => deal.id === id));
  const column = board.columns[at];
  if (!column) return null;
  const index = column.items.findIndex((deal) => deal.id === id);
  if (step === "ArrowUp" || step === "ArrowDown") {
    const wanted = index + (step === "ArrowUp" ? -1 : 1);
    if (wanted < 0 || wanted >= column.items.length) return null;
    const others = column.items.filter((deal) => deal.id !== id);
    return { stageId: column.stageId, beforeId: others[wanted]?.id ?? null };
  }
  const beside = board.columns[at + (step === "ArrowLeft" ? -1 : 1)];
  if (!beside) return null;
  return { stageId: beside.stageId, beforeId: beside.items[index]?.id ?? null };
}
