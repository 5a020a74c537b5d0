"use client";

import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode, RefObject } from "react";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";
import { iconButtonClass } from "./icon-button.tsx";

type DialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  closeLabel: string;
  children: ReactNode;
  className?: string;
  /** The title is only read aloud; the content has a head of its own. */
  bare?: boolean;
  /** What has the focus when it opens; else the first thing that can have it. */
  initialFocus?: RefObject<HTMLElement | null>;
};

export function Dialog({
  open,
  onOpenChange,
  title,
  closeLabel,
  children,
  className,
  bare,
  initialFocus,
}: DialogProps) {
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-scrim transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Popup
          initialFocus={initialFocus}
          className={cx(
            "fixed left-1/2 z-40 flex max-w-[calc(100vw-32px)] -translate-x-1/2 flex-col overflow-hidden rounded-4 bg-surface shadow-dialog outline-none",
            "transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0",
            className ?? "top-24 w-[480px]",
          )}
        >
          {bare ? (
            <Base.Title className="sr-only">{title}</Base.Title>
          ) : (
            <header className="flex h-[52px] shrink-0 items-center border-line border-b pr-3 pl-6">
              <Base.Title className="min-w-0 flex-1 truncate font-semibold text-14">{title}</Base.Title>
              <Base.Close aria-label={closeLabel} className={iconButtonClass()}>
                <Icon of={X} />
              </Base.Close>
            </header>
          )}
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
