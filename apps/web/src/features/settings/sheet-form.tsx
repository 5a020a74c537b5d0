import { CircleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import type { FieldValues, UseFormReturn } from "react-hook-form";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { SheetBody, SheetFoot } from "../../ui/modal.tsx";
import { useErrorText } from "../shell/use-failure-text.ts";

type SheetFormProps<Fields extends FieldValues> = {
  form: UseFormReturn<Fields>;
  /** The call that the form ends in. */
  call: { error: unknown; isPending: boolean };
  /** Makes the call; not asked for another while one is under way. */
  onSend: (fields: Fields) => void;
  submitLabel: string;
  /** A line about what it will do. */
  note?: string;
  onClose: () => void;
  children: ReactNode;
};

/** A form that fills a sheet: why it was refused above, the fields, and at the foot the two ways out. */
export function SheetForm<Fields extends FieldValues>(props: SheetFormProps<Fields>) {
  const { form, call, onSend, submitLabel, note, onClose, children } = props;
  const t = useTranslations("common");
  const refusal = useErrorText()(call.error);
  return (
    <form
      noValidate
      className="flex min-h-0 flex-1 flex-col"
      onSubmit={form.handleSubmit((fields) => {
        if (!call.isPending) onSend(fields);
      })}
    >
      {refusal ? (
        <Banner tone="danger" icon={CircleAlert}>
          {refusal}
        </Banner>
      ) : null}
      <SheetBody>{children}</SheetBody>
      <SheetFoot note={note}>
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button type="submit" variant="primary" aria-disabled={call.isPending}>
          {submitLabel}
        </Button>
      </SheetFoot>
    </form>
  );
}

/** What came of it and is shown this once: it stays until it is closed on purpose. */
export function SheetOutcome({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  const t = useTranslations("common");
  return (
    <>
      <SheetBody>{children}</SheetBody>
      <SheetFoot>
        <Button variant="primary" onClick={onClose}>
          {t("done")}
        </Button>
      </SheetFoot>
    </>
  );
}
