import { useTranslations } from "next-intl";
import { type FormEvent, useRef, useState } from "react";
import { Button } from "./button.tsx";
import { Field, Input } from "./field.tsx";
import { toLocalField } from "./local-field.ts";
import { Dialog } from "./modal.tsx";

export type MomentDialogProps = {
  title: string;
  label: string;
  /** Said of an instant that has passed. */
  past: string;
  action: string;
  initial: Date;
  onClose: () => void;
  /** ISO 8601. */
  onChoose: (moment: string) => void;
};

/** An instant of one's own choice, which has to be still to come. */
export function MomentDialog({ title, label, past, action, initial, onClose, onChoose }: MomentDialogProps) {
  const t = useTranslations("common");
  const [value, setValue] = useState(() => toLocalField(initial));
  const field = useRef<HTMLInputElement>(null);
  const [hasTried, setTried] = useState(false);
  const moment = new Date(value);
  const isFuture = moment.getTime() > Date.now();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!isFuture) return;
    onClose();
    onChoose(moment.toISOString());
  };
  return (
    <Dialog onClose={onClose} title={title} className="top-24 w-[360px]" initialFocus={field}>
      <form noValidate onSubmit={submit} className="flex flex-col gap-4 p-6">
        <Field label={label} {...(hasTried && !isFuture ? { error: past } : {})}>
          {(control) => (
            <Input
              {...control}
              ref={field}
              type="datetime-local"
              value={value}
              min={toLocalField(new Date())}
              onChange={(event) => setValue(event.target.value)}
              inputSize="lg"
            />
          )}
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" variant="primary">
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
