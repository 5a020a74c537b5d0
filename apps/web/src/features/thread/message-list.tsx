import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown } from "lucide-react";
import { useTranslations } from "next-intl";
import {
  type ReactNode,
  type RefObject,
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { Button } from "../../ui/button.tsx";
import { Icon } from "../../ui/icon.tsx";
import { useCommands } from "../shell/commands.tsx";

const FLASH_MS = 1_500;

/** Marks a message for a moment, so that the eye finds what was jumped to. */
function useFlash() {
  const [flashedId, setFlashedId] = useState<number | null>(null);
  useEffect(() => {
    if (flashedId === null) return;
    const timer = setTimeout(() => setFlashedId(null), FLASH_MS);
    return () => clearTimeout(timer);
  }, [flashedId]);
  const flash = useCallback((messageId: number) => setFlashedId(messageId), []);
  return { flashedId, flash };
}

export type MessageListHandle = { scrollToEnd: () => void };

type Row = { type: string; key: string };

type MessageListProps<Item extends Row> = {
  items: readonly Item[];
  older: { hasMore: boolean; state: "idle" | "loading" | "failed"; load: () => void };
  /** Loads back to a message; resolves to whether it is there. */
  loadBackTo: (messageId: number) => Promise<boolean>;
  onAtEnd: (isAtEnd: boolean) => void;
  handle: RefObject<MessageListHandle | null>;
  /** Of the stored message in a row. */
  idOf: (item: Item) => number | null;
  /** Height of a row that has not been drawn yet, in pixels. */
  estimate: (item: Item) => number;
  /** Whether the other side wrote it. */
  isFromOther: (item: Item) => boolean;
  renderRow: (item: Item, row: { isFlashed: boolean; onJumpTo: (messageId: number) => void }) => ReactNode;
};

const END_PX = 64;
/** How near to the top earlier messages are fetched: before the reader gets there. */
const LOAD_AHEAD_PX = 1_200;
/** Beyond any thread: the first rows drawn are the last ones. */
const AT_THE_END = 1e7;
/** Rows are measured and the end is found by then. */
const PLACING_MS = 150;

/** Messages, newest at the foot. Stays at the end when there, and in place when not: whether pages come in above or messages below. */
export function MessageList<Item extends Row>(props: MessageListProps<Item>) {
  const { items, older, onAtEnd, idOf } = props;
  const t = useTranslations("thread");
  const scroller = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const [isPlaced, setPlaced] = useState(false);
  const { flashedId, flash } = useFlash();
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (items[index] ? props.estimate(items[index]) : 0),
    getItemKey: useCallback((index: number) => items[index]?.key ?? index, [items]),
    initialOffset: AT_THE_END,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: END_PX,
    overscan: 10,
    paddingStart: 8,
    paddingEnd: 8,
  });

  // Begins at the first new message when it is further up than a screen, else at the end.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the conversation is opened
  useLayoutEffect(() => {
    const firstNew = items.findIndex((item) => item.type === "new");
    if (firstNew >= 0) virtualizer.scrollToIndex(firstNew, { align: "start" });
    else virtualizer.scrollToEnd();
    const timer = setTimeout(() => setPlaced(true), PLACING_MS);
    return () => clearTimeout(timer);
  }, []);

  useKeptEnd(scroller, isAtEnd, () => virtualizer.scrollToEnd());
  const scrollToEnd = useCallback(() => virtualizer.scrollToEnd(), [virtualizer]);
  useImperativeHandle(props.handle, () => ({ scrollToEnd }), [scrollToEnd]);
  const watchEnd = () => {
    const now = virtualizer.isAtEnd(END_PX);
    if (now === isAtEnd) return;
    setAtEnd(now);
    onAtEnd(now);
  };
  // Rows that turn out taller or shorter than estimated move the end without a scroll.
  useEffect(watchEnd);

  const virtualItems = virtualizer.getVirtualItems();
  const isNearStart = isPlaced && (virtualizer.scrollOffset ?? 0) < LOAD_AHEAD_PX;
  const wantsOlder = older.hasMore && older.state === "idle" && isNearStart;
  useEffect(() => {
    if (wantsOlder) older.load();
  }, [wantsOlder, older.load]);

  const latestItems = useRef(items);
  latestItems.current = items;
  const { loadBackTo } = props;
  const jumpTo = useCallback(
    async (messageId: number) => {
      if (!(await loadBackTo(messageId))) return;
      requestAnimationFrame(() => {
        const index = latestItems.current.findIndex((item) => idOf(item) === messageId);
        if (index < 0) return;
        virtualizer.scrollToIndex(index, { align: "center" });
        flash(messageId);
      });
    },
    [loadBackTo, virtualizer, flash, idOf],
  );
  useCommands([
    { id: "newest", group: "conversation", label: t("jump"), icon: ArrowDown, keys: "shift+g", run: scrollToEnd },
  ]);

  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      {older.state === "failed" ? (
        <p role="alert" className="flex items-center justify-center gap-2 py-2 text-12 text-muted">
          {t("olderFailed")}
          <Button size="sm" onClick={older.load}>
            {t("delivery.retry")}
          </Button>
        </p>
      ) : null}
      <div
        ref={scroller}
        role="log"
        aria-live="off"
        onScroll={watchEnd}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keyboard
        tabIndex={0}
        aria-label={t("messages")}
        className="scroll-pane flex min-h-0 flex-1 flex-col -outline-offset-2"
      >
        <ol className="relative mt-auto w-full shrink-0" style={{ height: virtualizer.getTotalSize() }}>
          {virtualItems.map(({ key, index, start }) => {
            const item = items[index];
            return item ? (
              <li
                key={key}
                ref={virtualizer.measureElement}
                data-index={index}
                className="absolute inset-x-0 top-0"
                style={{ transform: `translateY(${start}px)` }}
              >
                {props.renderRow(item, {
                  isFlashed: flashedId !== null && idOf(item) === flashedId,
                  onJumpTo: jumpTo,
                })}
              </li>
            ) : null;
          })}
        </ol>
      </div>
      {isAtEnd ? null : <JumpButton items={items} idOf={idOf} isFromOther={props.isFromOther} onJump={scrollToEnd} />}
    </div>
  );
}

/** The end stays in view when the pane itself gets smaller: a banner comes, the composer grows, a keyboard slides in. */
function useKeptEnd(scroller: RefObject<HTMLElement | null>, isAtEnd: boolean, scrollToEnd: () => void) {
  const latest = useRef({ isAtEnd, scrollToEnd });
  latest.current = { isAtEnd, scrollToEnd };
  useEffect(() => {
    if (!scroller.current) return;
    const observer = new ResizeObserver(() => {
      if (latest.current.isAtEnd) latest.current.scrollToEnd();
    });
    observer.observe(scroller.current);
    return () => observer.disconnect();
  }, [scroller]);
}

/** Down to the newest, with how many came since the reader left the end. */
function JumpButton<Item extends Row>({
  items,
  idOf,
  isFromOther,
  onJump,
}: Pick<MessageListProps<Item>, "items" | "idOf" | "isFromOther"> & { onJump: () => void }) {
  const t = useTranslations("thread");
  const [leftAt] = useState(() => Math.max(0, ...items.map((item) => idOf(item) ?? 0)));
  const count = items.filter((item) => isFromOther(item) && (idOf(item) ?? 0) > leftAt).length;
  return (
    <button
      type="button"
      onClick={onJump}
      aria-label={t("jump")}
      className="absolute right-4 bottom-3 inline-flex h-10 items-center gap-1.5 rounded-full bg-surface px-3 font-medium text-12 shadow-float hover:bg-surface-2 md:h-8 md:px-2.5"
    >
      <Icon of={ArrowDown} size={14} />
      {count > 0 ? <span className="num">{t("jumpNew", { count })}</span> : null}
    </button>
  );
}
