import { type DragEvent, type ReactNode, useState } from "react";

/** Files that are dragged over a composer. */
export function useDrop(isWanted: boolean, onFiles: (files: File[]) => void) {
  const [isOver, setOver] = useState(false);
  const hasFiles = (event: DragEvent) => isWanted && event.dataTransfer.types.includes("Files");
  return {
    isOver,
    handlers: {
      onDragOver: (event: DragEvent) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(true);
      },
      onDragLeave: (event: DragEvent) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      },
      onDrop: (event: DragEvent) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(false);
        onFiles([...event.dataTransfer.files]);
      },
    },
  };
}

/** Over the composer while files are above it. */
export const DropHint = ({ children }: { children: ReactNode }) => (
  <div className="pointer-events-none absolute inset-1 grid place-items-center rounded-3 border-2 border-accent border-dashed bg-accent-soft font-medium text-accent-text">
    {children}
  </div>
);
