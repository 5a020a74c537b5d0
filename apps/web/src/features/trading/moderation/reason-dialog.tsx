import { useTranslations } from "next-intl";
import { type FormEvent, useRef, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { Field, Input } from "../../../ui/field.tsx";
import { Dialog, QUESTION_CLASS } from "../../../ui/modal.tsx";

const MAX_REASON = 300;

type ReasonDialogProps = {
  kind: "warn" | "remove";
  name: string;
  onClose: () => void;
  /** Null where none was given; a warning always has one. */
  onConfirm: (reason: string | null) => void;
};

/** Why a trader is warned or removed, which everyone in the room reads. */
export function ReasonDialog({ kind, name, onClose, onConfirm }: ReasonDialogProps) {
  const t = useTranslations("roomsDesk.moderation");
  const tCommon = useTranslations("common");
  const [reason, setReason] = useState("");
  const [hasTried, setTried] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const isMissing = kind === "warn" && reason.trim() === "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (isMissing) return field.current?.focus();
    onConfirm(reason.trim() || null);
  };
  return (
    <Dialog onClose={onClose} title={t(`${kind}Title`, { name })} className={QUESTION_CLASS} initialFocus={field}>
      <form noValidate onSubmit={submit} className="scroll-pane flex min-h-0 flex-col gap-4 p-6">
        <p className="text-14 text-fg-2">{t(`${kind}Text`)}</p>
        <Field label={t(`${kind}Reason`)} error={hasTried && isMissing ? t("reasonMissing") : undefined}>
          {(control) => (
            <Input
              {...control}
              ref={field}
              value={reason}
              inputSize="lg"
              maxLength={MAX_REASON}
              autoComplete="off"
              onChange={({ currentTarget }) => setReason(currentTarget.value)}
            />
          )}
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{tCommon("cancel")}</Button>
          <Button type="submit" variant={kind === "remove" ? "danger" : "primary"}>
            {t(kind)}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
