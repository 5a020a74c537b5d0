"use client";

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

const BOTTOM_SLACK_PX = 48;
const NEAR_TOP_PX = 600;

type Input = {
  /** Key of the first row: when it changes, rows were put above. */
  firstKey: string | undefined;
  onNearTop(): void;
  onSeenBottom(): void;
};

/**
 * Keeps a thread where the reader is: at its end while he is there, whatever grows or shrinks; at the message he looks at when earlier ones
 * are put above. By hand, because Safari anchors nothing.
 */
export function useThreadScroll({ firstKey, onNearTop, onSeenBottom }: Input) {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const isAtBottom = useRef(true);
  const before = useRef({ firstKey, height: 0 });
  const [isAway, setAway] = useState(false);

  const toBottom = useCallback(() => {
    const element = scroller.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, []);

  // Without dependencies: whatever was rendered may have changed the height.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    if (isAtBottom.current) toBottom();
    else if (before.current.firstKey !== firstKey) element.scrollTop += element.scrollHeight - before.current.height;
    before.current = { firstKey, height: element.scrollHeight };
  });

  const onScroll = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    isAtBottom.current = element.scrollHeight - element.scrollTop - element.clientHeight < BOTTOM_SLACK_PX;
    setAway(!isAtBottom.current);
    if (isAtBottom.current && document.visibilityState === "visible") onSeenBottom();
    if (element.scrollTop < NEAR_TOP_PX && element.scrollHeight > element.clientHeight) onNearTop();
  }, [onNearTop, onSeenBottom]);

  useEffect(() => {
    const observer = new ResizeObserver(() => {
      if (isAtBottom.current) toBottom();
      before.current.height = scroller.current?.scrollHeight ?? 0;
    });
    if (scroller.current) observer.observe(scroller.current);
    if (content.current) observer.observe(content.current);
    return () => observer.disconnect();
  }, [toBottom]);

  useEffect(() => {
    const seen = () => {
      if (isAtBottom.current && document.visibilityState === "visible") onSeenBottom();
    };
    seen();
    document.addEventListener("visibilitychange", seen);
    return () => document.removeEventListener("visibilitychange", seen);
  });

  const jumpToBottom = useCallback(() => {
    isAtBottom.current = true;
    setAway(false);
    toBottom();
  }, [toBottom]);

  return { scroller, content, onScroll, isAway, jumpToBottom };
}
