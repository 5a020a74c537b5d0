import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, type RefObject, useLayoutEffect, useRef } from "react";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";
import { iconButtonClass } from "./icon-button.tsx";

type DialogProps = Omit<ModalProps, "className"> & {
  title: string;
  /** The name of the cross, where it does something other than to close. */
  closeLabel?: string;
  className?: string;
  /** The title is only read aloud; the content has a head of its own. */
  bare?: boolean;
};

/** A question stays whole on a low screen, and above the keyboard of a phone. */
export const QUESTION_CLASS = "top-4 max-h-[calc(100dvh-32px)] w-[440px] md:top-24 md:max-h-[calc(100dvh-112px)]";

export function Dialog({ title, closeLabel, children, className, bare, ...modal }: DialogProps) {
  return (
    <Modal
      {...modal}
      className={cx(
        "left-1/2 max-w-[calc(100vw-32px)] -translate-x-1/2 overflow-hidden rounded-4",
        className ?? "top-24 w-[480px]",
      )}
    >
      {bare ? (
        <Base.Title className="sr-only">{title}</Base.Title>
      ) : (
        <ModalHead title={title} closeLabel={closeLabel} className="h-[52px] pl-6" />
      )}
      {children}
    </Modal>
  );
}

type SheetProps = { title: string; onClose: () => void; children: ReactNode };

/** A form beside what it is about: 480 px at the right, the whole screen when narrow. */
export function Sheet({ title, children, onClose }: SheetProps) {
  return (
    <Modal onClose={onClose} className="inset-y-0 right-0 w-[480px] max-w-full max-md:w-full">
      <ModalHead title={title} className="h-14 pl-4 max-md:text-16" />
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

/** What is open, the topmost last. */
const opened: object[] = [];

/** Whether nothing that was opened later lies above. What one thing opens need not stand inside it in the tree. */
function useTopmost(): () => boolean {
  const self = useRef({}).current;
  useLayoutEffect(() => {
    opened.push(self);
    return () => {
      opened.splice(opened.indexOf(self), 1);
    };
  }, [self]);
  return () => opened.at(-1) === self;
}

type ModalProps = {
  onClose: () => void;
  className: string;
  children: ReactNode;
  /** What has the focus when it opens; else the element marked `data-first-focus`, else the first thing that can have it. */
  initialFocus?: RefObject<HTMLElement | null>;
};

const FADE = "transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0";

/**
 * What lies over the page and has to be left first. Where it lies and how large it is, is said by `className`. Nothing in it takes the
 * focus by `autoFocus`: that comes before it is known where the focus goes back to.
 */
function Modal(props: ModalProps) {
  const popup = useRef<HTMLDivElement>(null);
  const isTopmost = useTopmost();
  const change = (isOpen: boolean, details: Base.Root.ChangeEventDetails) => {
    // Another listener has closed it already, or the dialog above will.
    if (details.reason === "escape-key" && (details.event.defaultPrevented || !isTopmost())) {
      details.cancel();
      details.allowPropagation();
      return;
    }
    if (!isOpen) props.onClose();
  };
  const findFirst = (by: string) =>
    popup.current?.querySelector<HTMLElement>("[data-first-focus]") ?? (by === "touch" ? popup.current : true);
  return (
    <Base.Root open onOpenChange={change}>
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

type ModalHeadProps = Pick<DialogProps, "title" | "closeLabel"> & { className: string };

function ModalHead({ title, closeLabel, className }: ModalHeadProps) {
  const t = useTranslations("common");
  return (
    <header className={cx("flex shrink-0 items-center border-line border-b pr-3 font-semibold text-14", className)}>
      <Base.Title className="min-w-0 flex-1 truncate">{title}</Base.Title>
      <Base.Close aria-label={closeLabel ?? t("close")} className={iconButtonClass()}>
        <Icon of={X} />
      </Base.Close>
    </header>
  );
}
