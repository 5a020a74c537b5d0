import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { Dialog, QUESTION_CLASS } from "./modal.tsx";

type ConfirmDialogProps = {
  title: string;
  text: ReactNode;
  action: string;
  /** Something is lost by it. */
  isDanger?: boolean;
  isBusy?: boolean;
  onClose: () => void;
  onConfirm: () => void;
};

export function ConfirmDialogBox(props: ConfirmDialogProps) {
  const { title, text, action, isDanger, isBusy, onClose, onConfirm } = props;
  const t = useTranslations("common");
  return (
    <Dialog onClose={onClose} title={title} closeLabel={t("cancel")} className={QUESTION_CLASS}>
      <div className="scroll-pane min-h-0 px-6 pt-4 text-14 text-fg-2">{text}</div>
      <div className="flex shrink-0 justify-end gap-2 px-6 pt-5 pb-4">
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button variant={isDanger ? "danger" : "primary"} aria-disabled={isBusy} onClick={() => !isBusy && onConfirm()}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
