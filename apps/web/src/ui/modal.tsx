"use client";

import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { type ReactNode, type RefObject, useRef } from "react";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";
import { iconButtonClass } from "./icon-button.tsx";
import { useTopmost } from "./use-topmost.ts";

export type ModalProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  closeLabel: string;
  children: ReactNode;
  /** What has the focus when it opens; else what is marked `data-first-focus`, else the first thing that can have it. */
  initialFocus?: RefObject<HTMLElement | null>;
};

const FADE = "transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0";

/**
 * What lies over the page and has to be left first. Where it lies and how large it is, is said by `className`. Nothing in it takes the
 * focus by `autoFocus`: that comes before it is known where the focus goes back to.
 */
export function Modal(props: Omit<ModalProps, "title" | "closeLabel"> & { className: string }) {
  const popup = useRef<HTMLDivElement>(null);
  const isTopmost = useTopmost(props.open);
  const change = (open: boolean, details: Base.Root.ChangeEventDetails) => {
    // Whoever listened first has closed already, or the one above will.
    if (details.reason === "escape-key" && (details.event.defaultPrevented || !isTopmost())) {
      details.cancel();
      details.allowPropagation();
      return;
    }
    props.onOpenChange(open);
  };
  const findFirst = (by: string) =>
    popup.current?.querySelector<HTMLElement>("[data-first-focus]") ?? (by === "touch" ? popup.current : true);
  return (
    <Base.Root open={props.open} onOpenChange={change}>
      <Base.Portal>
        <Base.Backdrop className={cx("fixed inset-0 z-40 bg-scrim", FADE)} />
        <Base.Popup
          ref={popup}
          initialFocus={props.initialFocus ?? findFirst}
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
