"use client";

import { cx } from "./cx.ts";
import { Modal, ModalHead, type ModalProps, ModalTitle } from "./modal.tsx";

type DialogProps = ModalProps & {
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
        <ModalTitle title={title} />
      ) : (
        <ModalHead title={title} closeLabel={closeLabel} className="h-[52px] pl-6" />
      )}
      {children}
    </Modal>
  );
}
