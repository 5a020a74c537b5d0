"use client";

import type { ReactNode } from "react";
import { Modal, ModalHead, type ModalProps } from "./modal.tsx";

type SheetProps = Pick<ModalProps, "title" | "closeLabel" | "children"> & { onClose: () => void };

/** A form beside what it is about: 480 px at the right, the whole screen when narrow. */
export function Sheet({ title, closeLabel, children, onClose }: SheetProps) {
  return (
    <Modal
      open
      onOpenChange={(open) => !open && onClose()}
      className="inset-y-0 right-0 w-[480px] max-w-full max-md:w-full"
    >
      <ModalHead title={title} closeLabel={closeLabel} className="h-14 pl-4 max-md:text-16" />
      {children}
    </Modal>
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
