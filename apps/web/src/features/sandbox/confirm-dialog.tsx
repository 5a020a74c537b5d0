"use client";

import { useTranslations } from "next-intl";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";

type ConfirmDialogProps = {
  open: boolean;
  title: string;
  text: string;
  action: string;
  /** Something is lost by it. */
  isDanger?: boolean;
  onClose: () => void;
  onConfirm: () => Promise<unknown>;
};

/** Asks once before what cannot be taken back. */
export function ConfirmDialog({ open, title, text, action, isDanger, onClose, onConfirm }: ConfirmDialogProps) {
  const t = useTranslations("sandbox");
  return (
    <Dialog open={open} onOpenChange={(isOpen) => !isOpen && onClose()} title={title} closeLabel={t("cancel")}>
      <p className="px-6 pt-4 text-14 text-fg-2">{text}</p>
      <div className="flex justify-end gap-2 p-4 px-6">
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button
          variant={isDanger ? "danger" : "primary"}
          onClick={() => {
            onClose();
            void onConfirm();
          }}
        >
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
