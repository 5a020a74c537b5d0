"use client";

import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode, RefObject } from "react";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";
import { iconButtonClass } from "./icon-button.tsx";

export type ModalProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  closeLabel: string;
  children: ReactNode;
  /** What has the focus when it opens; else the first thing that can have it. */
  initialFocus?: RefObject<HTMLElement | null>;
};

const FADE = "transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0";

/** What lies over the page and has to be left first. Where it lies and how large it is, is said by `className`. */
export function Modal(props: Omit<ModalProps, "title" | "closeLabel"> & { className: string }) {
  return (
    <Base.Root open={props.open} onOpenChange={props.onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className={cx("fixed inset-0 z-40 bg-scrim", FADE)} />
        <Base.Popup
          initialFocus={props.initialFocus}
          className={cx("fixed z-40 flex flex-col bg-surface shadow-dialog outline-none", FADE, props.className)}
        >
          {props.children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

type ModalHeadProps = Pick<ModalProps, "title" | "closeLabel"> & { className: string };

export function ModalHead({ title, closeLabel, className }: ModalHeadProps) {
  return (
    <header className={cx("flex shrink-0 items-center border-line border-b pr-3 font-semibold text-14", className)}>
      <Base.Title className="min-w-0 flex-1 truncate">{title}</Base.Title>
      <Base.Close aria-label={closeLabel} className={iconButtonClass()}>
        <Icon of={X} />
      </Base.Close>
    </header>
  );
}

/** The title is only read aloud; the content has a head of its own. */
export function ModalTitle({ title }: Pick<ModalProps, "title">) {
  return <Base.Title className="sr-only">{title}</Base.Title>;
}
