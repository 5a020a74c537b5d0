"use client";

import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode, RefObject } from "react";
import { Icon } from "./icon.tsx";
import { iconButtonClass } from "./icon-button.tsx";

type SheetProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  closeLabel: string;
  children: ReactNode;
  initialFocus?: RefObject<HTMLElement | null>;
};

/** A form beside what it is about: 480 px at the right, the whole screen when narrow. */
export function Sheet({ open, onOpenChange, title, closeLabel, children, initialFocus }: SheetProps) {
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-scrim transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Popup
          initialFocus={initialFocus}
          className="fixed inset-y-0 right-0 z-40 flex w-[480px] max-w-full flex-col bg-surface shadow-dialog outline-none transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0 max-md:w-full"
        >
          <header className="flex h-14 shrink-0 items-center border-line border-b pr-3 pl-4">
            <Base.Title className="min-w-0 flex-1 truncate font-semibold text-14 max-md:text-16">{title}</Base.Title>
            <Base.Close aria-label={closeLabel} className={iconButtonClass()}>
              <Icon of={X} />
            </Base.Close>
          </header>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** What scrolls between a sheet's head and foot. */
export function SheetBody({ children }: { children: ReactNode }) {
  return <div className="scroll-pane flex min-h-0 flex-1 flex-col gap-4 p-4">{children}</div>;
}

/** Buttons at the foot of a sheet, with a line about what they will do. */
export function SheetFoot({ note, children }: { note?: ReactNode; children: ReactNode }) {
  return (
    <footer className="flex shrink-0 flex-wrap items-center justify-end gap-2 border-line border-t px-4 py-3 pb-[max(12px,env(safe-area-inset-bottom))]">
      {note ? <span className="min-w-0 flex-1 text-12 text-muted">{note}</span> : null}
      {children}
    </footer>
  );
}
