import { useLayoutEffect, useRef } from "react";

/** What is open, the topmost last. */
const opened: object[] = [];

/** Whether nothing that was opened later lies above. What one thing opens need not stand inside it in the tree. */
export function useTopmost(isOpen: boolean): () => boolean {
  const self = useRef({}).current;
  useLayoutEffect(() => {
    if (!isOpen) return;
    opened.push(self);
    return () => {
      opened.splice(opened.indexOf(self), 1);
    };
  }, [isOpen, self]);
  return () => opened.at(-1) === self;
}
