import { useTranslations } from "next-intl";
import { type FormEvent, useRef, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { Field, Input } from "../../../ui/field.tsx";
import { Dialog } from "../../../ui/modal.tsx";
import { toLocalField, tomorrowMorning } from "./snooze-times.ts";

/** An instant of one's own choice, which has to be still to come. */
export function SnoozeDialog({ onClose, onSnooze }: { onClose: () => void; onSnooze: (until: string) => void }) {
  const t = useTranslations();
  const [value, setValue] = useState(() => toLocalField(tomorrowMorning(new Date())));
  const field = useRef<HTMLInputElement>(null);
  const [hasTried, setTried] = useState(false);
  const until = new Date(value);
  const isFuture = until.getTime() > Date.now();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!isFuture) return;
    onClose();
    onSnooze(until.toISOString());
  };
  return (
    <Dialog onClose={onClose} title={t("header.snooze")} className="top-24 w-[360px]" initialFocus={field}>
      <form noValidate onSubmit={submit} className="flex flex-col gap-4 p-6">
        <Field label={t("header.snoozeWhen")} error={hasTried && !isFuture ? t("header.snoozePast") : undefined}>
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
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary">
            {t("header.snoozeSave")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
