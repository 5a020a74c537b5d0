import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

const BOTTOM_SLACK_PX = 48;
const NEAR_TOP_PX = 600;

type Input = {
  /** Key of the first row: when it changes, rows were put above. */
  firstKey: string | undefined;
  /** The reader comes near to the first row. */
  onNearTop?(): void;
  /** The reader sees the end. */
  onSeenBottom?(): void;
};

const ignore = () => {};

const isAtEnd = (element: HTMLElement) =>
  element.scrollHeight - element.scrollTop - element.clientHeight < BOTTOM_SLACK_PX;

const toEnd = (element: HTMLElement) => {
  element.scrollTop = element.scrollHeight;
};

/**
 * Keeps a thread where the reader is: at its end while they are there, whatever grows or shrinks; at the message they read when earlier ones
 * are put above. By hand, because Safari anchors nothing.
 */
export function useThreadScroll({ firstKey, onNearTop = ignore, onSeenBottom = ignore }: Input) {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const isAtBottom = useRef(true);
  const [isAway, setAway] = useState(false);
  usePlace({ scroller, content, isAtBottom, firstKey });
  useSeen(isAtBottom, onSeenBottom);

  const onScroll = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    isAtBottom.current = isAtEnd(element);
    setAway(!isAtBottom.current);
    if (isAtBottom.current && document.visibilityState === "visible") onSeenBottom();
    if (element.scrollTop < NEAR_TOP_PX && element.scrollHeight > element.clientHeight) onNearTop();
  }, [onNearTop, onSeenBottom]);

  const jumpToBottom = useCallback(() => {
    isAtBottom.current = true;
    setAway(false);
    if (scroller.current) toEnd(scroller.current);
  }, []);

  return { scroller, content, onScroll, isAway, jumpToBottom };
}

type PlaceInput = {
  scroller: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  isAtBottom: RefObject<boolean>;
  firstKey: string | undefined;
};

function usePlace({ scroller, content, isAtBottom, firstKey }: PlaceInput) {
  const before = useRef({ firstKey, height: 0 });
  // Without dependencies: whatever was rendered may have changed the height.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    if (isAtBottom.current) toEnd(element);
    else if (before.current.firstKey !== firstKey) element.scrollTop += element.scrollHeight - before.current.height;
    before.current = { firstKey, height: element.scrollHeight };
  });
  useEffect(() => {
    const element = scroller.current;
    const observer = new ResizeObserver(() => {
      if (!element) return;
      if (isAtBottom.current) toEnd(element);
      before.current.height = element.scrollHeight;
    });
    for (const observed of [element, content.current]) if (observed) observer.observe(observed);
    return () => observer.disconnect();
  }, [scroller, content, isAtBottom]);
}

/** What is at the end is seen when the page is shown: now, after every change, and when the reader comes back to it. */
function useSeen(isAtBottom: RefObject<boolean>, onSeenBottom: () => void) {
  useEffect(() => {
    const look = () => {
      if (isAtBottom.current && document.visibilityState === "visible") onSeenBottom();
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  });
}
