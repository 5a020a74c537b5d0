"use client";

import { useEffect, useLayoutEffect, useRef } from "react";

const SLACK_PX = 64;

/** A scroller that follows its end while the reader is there. Another `subject` begins at its own end. */
export function useStickToEnd(subject: unknown) {
  const scroller = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another subject begins at its end
  useLayoutEffect(() => {
    isAtEnd.current = true;
  }, [subject]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element && isAtEnd.current) element.scrollTop = element.scrollHeight;
  });
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const stick = () => {
      if (isAtEnd.current) element.scrollTop = element.scrollHeight;
    };
    // Pictures get their height when they have come.
    element.addEventListener("load", stick, true);
    const observer = new ResizeObserver(stick);
    observer.observe(element);
    return () => {
      element.removeEventListener("load", stick, true);
      observer.disconnect();
    };
  }, []);
  const onScroll = () => {
    const element = scroller.current;
    if (element) isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < SLACK_PX;
  };
  return { scroller, onScroll };
}
