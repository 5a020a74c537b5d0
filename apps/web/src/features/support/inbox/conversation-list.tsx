import type { ConversationRow } from "@pult/api/support/schema.ts";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useTranslations } from "next-intl";
import { useEffect, useLayoutEffect, useRef } from "react";
import { Button } from "../../../ui/button.tsx";
import { useMedia } from "../../../ui/use-browser.ts";
import { ConversationItem } from "./conversation-item.tsx";

/** A row that rose further than this has news, and is no place to hold on to. */
const MAX_RISE = 3;

/**
 * By how many rows the list has to scroll so that the reader keeps seeing the same rows, although others came, went or moved above.
 * 0 at the very top, which shows the newest.
 */
export function rowsMoved(before: readonly number[], after: readonly number[], firstVisible: number): number {
  if (firstVisible <= 0) return 0;
  const place = new Map(after.map((id, index) => [id, index]));
  for (let index = firstVisible; index < Math.min(before.length, firstVisible + 10); index++) {
    const id = before[index];
    const now = id === undefined ? undefined : place.get(id);
    if (now !== undefined && index - now <= MAX_RISE) return now - index;
  }
  return 0;
}

type ConversationListProps = {
  rows: readonly ConversationRow[];
  openId: number | null;
  typingId: number | null;
  hrefOf: (id: number) => string;
  onOpen: (id: number) => void;
  more: { has: boolean; isLoading: boolean; hasFailed: boolean; load: () => void };
};

const ROWS_BEFORE_END = 12;

/** Rows by the hundred thousand: only rows near the window are rendered. Keeps its place while rows move above. */
export function ConversationList({ rows, openId, typingId, hrefOf, onOpen, more }: ConversationListProps) {
  const t = useTranslations();
  const scroller = useRef<HTMLDivElement>(null);
  const rowHeight = useMedia("(min-width: 960px)") ? 72 : 76;
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 8,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes are fixed, so only a change of the height itself is news to the virtualizer
  useEffect(() => virtualizer.measure(), [rowHeight]);
  useKeptPlace(scroller, rows, rowHeight);
  useVisibleRow(virtualizer.scrollToIndex, rows, openId);

  const items = virtualizer.getVirtualItems();
  const lastIndex = items.at(-1)?.index ?? 0;
  const wantsMore = more.has && !more.isLoading && !more.hasFailed && lastIndex >= rows.length - ROWS_BEFORE_END;
  useEffect(() => {
    if (wantsMore) more.load();
  }, [wantsMore, more.load]);

  return (
    <div ref={scroller} className="scroll-pane min-h-0 flex-1">
      <ul aria-label={t("inbox.list")} className="relative" style={{ height: virtualizer.getTotalSize() }}>
        {items.map(({ key, index, start }) => {
          const row = rows[index];
          return row ? (
            <li
              key={key}
              aria-setsize={more.has ? -1 : rows.length}
              aria-posinset={index + 1}
              className="absolute inset-x-0 top-0"
              style={{ height: rowHeight, transform: `translateY(${start}px)` }}
            >
              <ConversationItem
                row={row}
                href={hrefOf(row.id)}
                isOpen={row.id === openId}
                isTyping={row.id === typingId}
                onOpen={onOpen}
              />
            </li>
          ) : null;
        })}
      </ul>
      {more.isLoading ? <p className="p-3 text-center text-12 text-muted">{t("inbox.loadingMore")}</p> : null}
      {more.hasFailed ? (
        <p role="alert" className="flex items-center justify-center gap-2 p-3 text-12 text-muted">
          {t("inbox.moreFailed")}
          <Button size="sm" onClick={more.load}>
            {t("common.tryAgain")}
          </Button>
        </p>
      ) : null}
    </div>
  );
}

function useKeptPlace(
  scroller: React.RefObject<HTMLDivElement | null>,
  rows: readonly ConversationRow[],
  rowHeight: number,
) {
  const before = useRef<readonly number[]>([]);
  useLayoutEffect(() => {
    const ids = rows.map((row) => row.id);
    const element = scroller.current;
    if (element) {
      const moved = rowsMoved(before.current, ids, Math.floor(element.scrollTop / rowHeight));
      if (moved !== 0) element.scrollTop += moved * rowHeight;
    }
    before.current = ids;
  }, [rows, rowHeight, scroller]);
}

/** Brings the opened row into view when another is opened, and not when rows move. */
function useVisibleRow(
  scrollToIndex: (index: number, options: { align: "auto" }) => void,
  rows: readonly ConversationRow[],
  openId: number | null,
) {
  const latest = useRef(rows);
  latest.current = rows;
  const isLoaded = rows.length > 0;
  useEffect(() => {
    if (!isLoaded) return;
    const index = latest.current.findIndex((row) => row.id === openId);
    if (index >= 0) scrollToIndex(index, { align: "auto" });
  }, [openId, isLoaded, scrollToIndex]);
}
